/** What runbooks may use here, by connector, with a mark on what only stands in for the real thing. */
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../api/operation-types.ts';
import { useApi } from '../../api/use-api.ts';
import { Section } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Mark, words } from '../../parts/status.tsx';
import { Connections } from './connections.tsx';

type Catalog = AnswerOf<'GET /api/v1/catalog'>;

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly about: string;
  readonly simulated: boolean;
}

const connectorOf = (name: string): string => name.split('.')[0] ?? name;

const entriesOf = (catalog: Catalog): readonly Entry[] => [
  ...Object.values(catalog.actions).map(({ name, summary, delivery, undo, simulated }) => ({
    name,
    summary,
    about: `action, ${words(delivery)}, ${words(undo)}`,
    simulated: simulated === true,
  })),
  ...Object.values(catalog.checks).map(({ name, summary }) => ({
    name,
    summary,
    about: 'probe, reads only',
    simulated: false,
  })),
];

export function Connectors(): ReactNode {
  const catalog = useApi('GET /api/v1/catalog', {});
  return (
    <>
      <InUse />
      <Loaded of={catalog}>
        {(found) => {
          const entries = entriesOf(found);
          const connectors = [...new Set(entries.map(({ name }) => connectorOf(name)))].sort();
          return connectors.map((connector) => {
            const own = entries.filter(({ name }) => connectorOf(name) === connector);
            return (
              <Section key={connector} title={connector} count={own.length}>
                <ul className="rows">
                  {own.map((entry) => (
                    <li key={entry.name}>
                      <div className="what">
                        <code>{entry.name}</code> {entry.simulated && <Mark>simulated</Mark>}
                        <Text size="sm">{entry.summary}</Text>
                      </div>
                      <span className="quiet">{entry.about}</span>
                    </li>
                  ))}
                </ul>
              </Section>
            );
          });
        }}
      </Loaded>
    </>
  );
}

/** What the products of this installation connect to: the part of this page that can be tried. */
function InUse(): ReactNode {
  const products = useApi('GET /api/v1/products', {});
  return (
    <Loaded of={products}>
      {({ items }) =>
        items.flatMap((product) =>
          product.environments.map((environment) => (
            <Section
              key={`${product.id} ${environment.name}`}
              title={`Connections of ${product.name}, ${environment.name}`}
            >
              <Connections product={product.id} environment={environment.name} connections={environment.connections} />
            </Section>
          )),
        )
      }
    </Loaded>
  );
}
