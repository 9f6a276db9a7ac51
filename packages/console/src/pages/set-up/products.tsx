import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useApi } from '../../api/use-api.ts';
import { Facts } from '../../parts/facts.tsx';
import { Section } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { words } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { Connections } from './connections.tsx';

export function Products(): ReactNode {
  const products = useApi('GET /api/v1/products', {});
  return (
    <Loaded of={products}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No products">A product profile, product.yaml beside its runbooks, makes one.</Empty>
        ) : (
          items.map((product) => (
            <Section key={product.id} title={product.name}>
              <Facts
                of={[
                  ['Id', <code key="i">{product.id}</code>],
                  [
                    'Application',
                    <a key="a" href={product.app_url}>
                      {product.app_url}
                    </a>,
                  ],
                  ['Plans', product.plans.join(', ')],
                  ['Roles', product.roles.map(({ title }) => title).join(', ')],
                  ['Support', product.support_tiers.map(({ title, response }) => `${title}: ${response}`).join('; ')],
                  ['Version of the profile', String(product.version)],
                ]}
              />
              {product.environments.map((environment) => (
                <div key={environment.name} className="environment">
                  <Text fw={600}>
                    {environment.name}{' '}
                    <Text span size="sm" className="quiet">
                      changed <Time at={environment.updated_at} />
                    </Text>
                  </Text>
                  <Connections
                    product={product.id}
                    environment={environment.name}
                    connections={environment.connections}
                  />
                  {environment.settings.length > 0 && (
                    <Text size="sm" className="quiet">
                      Settings: {environment.settings.map(words).join(', ')}
                    </Text>
                  )}
                </div>
              ))}
            </Section>
          ))
        )
      }
    </Loaded>
  );
}
