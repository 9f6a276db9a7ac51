/** What the client has asked for in the portal: seen here, talked about in its run. */
import { Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../api/operation-types.ts';
import { useApi } from '../../api/use-api.ts';
import { Section } from '../../parts/page.tsx';
import { Status } from '../../parts/status.tsx';
import { Day, Time } from '../../parts/time.tsx';

type Wish = AnswerOf<'GET /api/v1/tenants/{tenant}/wishes'>['items'][number];

const WISHES: Readonly<Record<Wish['wish'], string>> = {
  export: 'A copy of all data',
  stay: 'To stay: that the offboarding is called off',
  plan: 'Another plan',
};

/** Nothing at all where nothing was asked: it would be noise on every page. */
export function Wishes({
  tenant,
  only,
}: {
  readonly tenant: string;
  readonly only: readonly Wish['wish'][];
}): ReactNode {
  const found = useApi('GET /api/v1/tenants/{tenant}/wishes', { path: { tenant } });
  const shown = found.data?.items.filter(({ wish }) => only.includes(wish)) ?? [];
  if (shown.length === 0) return null;
  return (
    <Section title="The client has asked for" count={shown.length}>
      <ul className="rows">
        {shown.map((each) => (
          <li key={each.question}>
            <div className="what">
              <strong>{WISHES[each.wish]}</strong> by {each.asked_by}
              <Text size="sm" className="quiet">
                <Time at={each.asked_at} />
                {each.due_at !== null && (
                  <>
                    , owed until <Day at={each.due_at} />
                  </>
                )}
              </Text>
            </div>
            <Status of={each.answered ? 'ok' : 'asked'}>{each.answered ? 'answered' : 'waits for an answer'}</Status>
            <Link to="/runs/$run" params={{ run: each.run }}>
              Where it is answered
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
