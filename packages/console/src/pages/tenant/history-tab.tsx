/** The life of a tenant line by line, newest first: nobody can rewrite it. */
import { Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../api/operation-types.ts';
import { useApi } from '../../api/use-api.ts';
import { Section } from '../../parts/page.tsx';
import { Pager, usePaging } from '../../parts/paging.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { words } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { Value } from '../../parts/value.tsx';

type Line = AnswerOf<'GET /api/v1/tenants/{tenant}/history'>['items'][number];

export function History({ tenant }: { readonly tenant: string }): ReactNode {
  const paging = usePaging(tenant);
  const history = useApi(
    'GET /api/v1/tenants/{tenant}/history',
    { path: { tenant }, query: { limit: 30, cursor: paging.cursor } },
    { keep: true },
  );
  return (
    <Loaded of={history}>
      {({ items, next_cursor: next }) =>
        items.length === 0 ? (
          <Empty title="No history">Nothing has happened to this tenant yet.</Empty>
        ) : (
          <>
            <Section title="History">
              <Lines lines={items} />
            </Section>
            <Pager paging={paging} next={next} />
          </>
        )
      }
    </Loaded>
  );
}

interface LinesProps {
  readonly lines: readonly Line[];
  /** Without what else changed. */
  readonly brief?: boolean;
}

export const Lines = ({ lines, brief = false }: LinesProps): ReactNode => (
  <ul className="rows">
    {lines.map((line) => (
      <li key={line.number}>
        <div className="what">
          <strong>{words(line.operation)}</strong> <Move line={line} /> by {line.actor.label}
          <Text size="sm" className="quiet">
            {[line.authority === line.actor.label ? '' : line.authority, line.reason ?? ''].filter(Boolean).join(': ')}
            {line.run_id !== null && (
              <>
                {' '}
                <Link to="/runs/$run" params={{ run: line.run_id }}>
                  run
                </Link>
              </>
            )}
          </Text>
          {!brief && (line.from !== null || line.to !== null) && (
            <details>
              <summary>What changed</summary>
              <Value of={{ from: line.from, to: line.to }} label="What changed" />
            </details>
          )}
        </div>
        <Time at={line.at} />
      </li>
    ))}
  </ul>
);

/** Of the members that people look for; the rest opens. */
const TOLD = ['status', 'accessMode', 'plan', 'name', 'supportTier'] as const;

const Move = ({ line: { from, to } }: { readonly line: Line }): ReactNode => {
  // What came to be was nothing before.
  if (from === null) return null;
  const told = TOLD.flatMap((member) => {
    const [before, after] = [from[member], to?.[member]];
    if (before === after || (typeof after !== 'string' && typeof before !== 'string')) return [];
    const text = (value: unknown): string => (typeof value === 'string' ? value : 'open');
    return [`${text(before)} → ${text(after)}`];
  });
  return told.length === 0 ? null : <span>({told.join(', ')})</span>;
};
