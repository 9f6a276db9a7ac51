/** What the application reported of a tenant, with the bands of hypercare. */
import type { ReactNode } from 'react';
import { useApi } from '../../api/use-api.ts';
import { Facts } from '../../parts/facts.tsx';
import { Section } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Status } from '../../parts/status.tsx';

const percent = (share: number | null): string => (share === null ? '–' : `${(share * 100).toFixed(2)} %`);
const milliseconds = (ms: number | null): string => (ms === null ? '–' : `${Math.round(ms)} ms`);

export function Figures({ tenant }: { readonly tenant: string }): ReactNode {
  const usage = useApi('GET /api/v1/tenants/{tenant}/metrics', { path: { tenant }, query: { minutes: 1_440 } });
  return (
    <Loaded of={usage}>
      {(found) =>
        found.reports === 0 ? (
          <Empty title="Nothing was reported">
            The application reports figures with the guard; none came in the last day.
          </Empty>
        ) : (
          <Section title="The last day, as the application reported it">
            <Facts
              of={[
                ['Requests', found.requests.toLocaleString()],
                ['Errors', <Band key="e" of={found.bands.error_rate} text={percent(found.error_rate)} />],
                ['Slowest 5 %', <Band key="p" of={found.bands.p95_ms} text={milliseconds(found.p95_ms)} />],
                [
                  'Log-ins that work',
                  <Band key="l" of={found.bands.log_in_success_rate} text={percent(found.log_in_success_rate)} />,
                ],
                ['Users that were active', found.active_users?.toLocaleString() ?? '–'],
                ['Time covered', percent(found.coverage)],
              ]}
            />
          </Section>
        )
      }
    </Loaded>
  );
}

const BANDS = { ok: 'passed', warn: 'waiting', alert: 'failed', missing: 'missing' } as const;

const Band = ({ of, text }: { readonly of: keyof typeof BANDS; readonly text: string }): ReactNode => (
  <>
    {text} <Status of={BANDS[of]}>{of}</Status>
  </>
);
