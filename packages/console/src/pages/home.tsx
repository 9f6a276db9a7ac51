/** What needs me now: each line says what, since when, and has its one button. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../api/operation-types.ts';
import { useApi } from '../api/use-api.ts';
import { may, useMe } from '../api/use-me.ts';
import { Page, Section } from '../parts/page.tsx';
import { Empty, Loaded } from '../parts/states.tsx';
import { Status, words } from '../parts/status.tsx';
import { Day, spanText, Time } from '../parts/time.tsx';

type Attention = AnswerOf<'GET /api/v1/attention'>;
type Ask = Attention['asks'][number];

const REFRESH_MS = 10_000;

export function HomePage(): ReactNode {
  const me = useMe();
  const attention = useApi('GET /api/v1/attention', {}, { everyMs: REFRESH_MS });
  return (
    <Page title="What needs me now" about={me === undefined ? undefined : `${me.name}, as ${roleWords(me.roles)}`}>
      <Loaded of={attention} lines={6}>
        {(found) => <Everything found={found} />}
      </Loaded>
      <Expiring />
    </Page>
  );
}

const roleWords = (roles: readonly string[]): string =>
  roles.length === 0 ? 'no runbook role' : roles.map(words).join(', ');

function Everything({ found }: { readonly found: Attention }): ReactNode {
  const mine = found.asks.filter((ask) => ask.mine);
  const decisions = mine.filter(isDecision);
  const tasks = mine.filter((ask) => !isDecision(ask));
  const others = found.asks.filter((ask) => !ask.mine);
  const quiet = found.halts.length + mine.length + found.gates.length === 0;
  return (
    <Stack gap="md">
      {quiet && (
        <Empty title="Nothing needs you now">
          <Text size="sm">
            {underWay(found.runs_read)} <Link to="/runs">All runs</Link>
          </Text>
        </Empty>
      )}
      {found.halts.length > 0 && <Halts halts={found.halts} />}
      {decisions.length > 0 && (
        <Section title="Waiting for my decision" count={decisions.length}>
          <AskRows asks={decisions} />
        </Section>
      )}
      {tasks.length > 0 && (
        <Section title="My tasks" count={tasks.length}>
          <AskRows asks={tasks} />
        </Section>
      )}
      {found.gates.length > 0 && <Gates gates={found.gates} />}
      {found.contracts.length > 0 && <Contracts contracts={found.contracts} />}
      {others.length > 0 && (
        <Section title="Waiting for others" count={others.length}>
          <AskRows asks={others} />
        </Section>
      )}
      {found.more && (
        <Text size="sm" className="quiet">
          Only the first {found.runs_read} live runs were looked through: halted and waiting ones first.
        </Text>
      )}
    </Stack>
  );
}

const underWay = (runs: number): string => {
  if (runs === 0) return 'No run is under way.';
  return runs === 1
    ? 'One run is under way, and needs nothing of you.'
    : `${runs} runs are under way, and need nothing of you.`;
};

const isDecision = ({ kind }: Ask): boolean =>
  kind === 'approve' || kind === 'sign_off' || kind === 'choose' || kind === 'confirm';

const BUTTON_WORDS: Readonly<Record<Ask['kind'], string>> = {
  task: 'Do it',
  approve: 'Decide',
  sign_off: 'Sign off',
  undo_task: 'Take back',
  choose: 'Choose',
  manual: 'Do it',
  confirm: 'Confirm',
};

interface InRun {
  readonly run: string;
  readonly run_title: string;
  readonly tenant_slug: string | null;
}

const Where = ({ run, run_title: title, tenant_slug: slug }: InRun): ReactNode => (
  <Text size="sm" className="quiet" component="span">
    <Link to="/runs/$run" params={{ run }}>
      {title}
    </Link>
    {slug === null ? '' : ` for ${slug}`}
  </Text>
);

interface OpenProps {
  readonly run: string;
  readonly step?: string;
  readonly phase?: string;
  readonly label: string;
  /** For a screen reader: which one of the many buttons that read alike. */
  readonly of: string;
  readonly quiet?: boolean;
}

const Open = ({ run, step, phase, label, of, quiet = false }: OpenProps): ReactNode => (
  <Button
    size="xs"
    variant={quiet ? 'default' : 'filled'}
    aria-label={`${label}: ${of}`}
    renderRoot={(props) => (
      <Link
        to="/runs/$run"
        params={{ run }}
        search={{ ...(step === undefined ? {} : { step }), ...(phase === undefined ? {} : { phase }) }}
        {...props}
      />
    )}
  >
    {label}
  </Button>
);

const AskRows = ({ asks }: { readonly asks: readonly Ask[] }): ReactNode => (
  <ul className="rows">
    {asks.map((ask) => (
      <li key={`${ask.run} ${ask.step}`}>
        <div className="what">
          <Text fw={600}>{ask.title}</Text>
          <Where {...ask} />
        </div>
        <Group gap="sm">
          {ask.escalated > 0 && <Status of="late">escalated</Status>}
          <Text size="sm" className="quiet">
            {ask.mine ? '' : `${ask.roles.map(words).join(' or ')}, `}
            {ask.asked_at === null ? '' : <Time at={ask.asked_at} ago />}
          </Text>
          <Open
            run={ask.run}
            step={ask.step}
            label={ask.mine ? BUTTON_WORDS[ask.kind] : 'Look'}
            of={ask.title}
            quiet={!ask.mine}
          />
        </Group>
      </li>
    ))}
  </ul>
);

const Halts = ({ halts }: { readonly halts: Attention['halts'] }): ReactNode => (
  <Section title="Halted" count={halts.length}>
    <ul className="rows">
      {halts.map((halt) => (
        <li key={`${halt.run} ${halt.step}`}>
          <div className="what">
            <Group gap="xs">
              <Status of={halt.status} />
              <Text fw={600}>{halt.title}</Text>
            </Group>
            {halt.message !== null && <Text size="sm">{halt.message}</Text>}
            <Where {...halt} />
          </div>
          <Open run={halt.run} step={halt.step} label="Recover" of={halt.title} />
        </li>
      ))}
    </ul>
  </Section>
);

const Gates = ({ gates }: { readonly gates: Attention['gates'] }): ReactNode => (
  <Section title="Gates at risk" count={gates.length}>
    <ul className="rows">
      {gates.map((gate) => (
        <li key={`${gate.run} ${gate.phase}`}>
          <div className="what">
            <Group gap="xs">
              {gate.late_ms > 0 ? (
                <Status of="late">{spanText(gate.late_ms)} late</Status>
              ) : (
                <Status of="waiting">due soon</Status>
              )}
              <Text fw={600}>{gate.title}</Text>
            </Group>
            <Text size="sm">Held by: {gate.blocked_by.map(words).join(', ')}</Text>
            <Where {...gate} />
          </div>
          <Group gap="sm">
            <Text size="sm" className="quiet">
              due <Time at={gate.due_at} />
            </Text>
            <Open run={gate.run} phase={gate.phase} label="See the gate" of={gate.title} quiet />
          </Group>
        </li>
      ))}
    </ul>
  </Section>
);

const Contracts = ({ contracts }: { readonly contracts: Attention['contracts'] }): ReactNode => (
  <Section title="Contracts that end" count={contracts.length}>
    <ul className="rows">
      {contracts.map(({ client_id: id, name, ends_on: endsOn }) => (
        <li key={id}>
          <div className="what">
            <Link to="/clients/$client" params={{ client: id }}>
              {name}
            </Link>
          </div>
          <Text size="sm" className="quiet">
            <Day at={endsOn} />
          </Text>
        </li>
      ))}
    </ul>
  </Section>
);

const SOON_MS = 14 * 86_400_000;

/** Keys of my own that stop working soon, and support accesses that are open. */
function Expiring(): ReactNode {
  const me = useMe();
  const keys = useApi('GET /api/v1/keys', {}, { enabled: me !== undefined });
  const accesses = useApi('GET /api/v1/support-access', {}, { enabled: may(me, 'support:read') });
  const soon = Date.now() + SOON_MS;
  const ending = (keys.data?.items ?? []).filter(
    (key) =>
      key.revoked_at === null &&
      key.expires_at !== null &&
      Date.parse(key.expires_at) < soon &&
      Date.parse(key.expires_at) > Date.now(),
  );
  const open = (accesses.data?.items ?? []).filter(({ status }) => status === 'live' || status === 'asked');
  if (ending.length + open.length === 0) return null;
  return (
    <Section title="Expiring" count={ending.length + open.length}>
      <ul className="rows">
        {ending.map((key) => (
          <li key={key.id}>
            <div className="what">
              Key {key.name} <code>{key.prefix}</code>
            </div>
            <Text size="sm" className="quiet">
              stops working <Time at={key.expires_at} ago />
            </Text>
          </li>
        ))}
        {open.map((access) => (
          <li key={access.id}>
            <div className="what">
              <Status of={access.status} /> Support access of {access.person} to {access.tenant_slug}
            </div>
            <Text size="sm" className="quiet">
              {access.until === null ? `asked for ${access.hours} h` : <Time at={access.until} ago />}
            </Text>
          </li>
        ))}
      </ul>
    </Section>
  );
}
