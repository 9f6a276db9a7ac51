/** Another plan: what it would change is shown before the button can be pressed. */
import { Alert, Fieldset, NativeSelect, Radio, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useApi } from '../../api/use-api.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Status, words } from '../../parts/status.tsx';
import { amountText, limitOf, limitTitle, parseLimit } from './limits.ts';
import type { Impact, Tenant } from './tenant-types.ts';
import { useTenantAct } from './use-tenant.ts';

const PLANS = ['free', 'starter', 'professional', 'enterprise'] as const;
type Plan = (typeof PLANS)[number];
/** The next larger one, or the one below the largest. */
const nextOf = (plan: Plan): Plan => PLANS[PLANS.indexOf(plan) + 1] ?? PLANS.at(-2) ?? 'professional';

type Way = 'now' | 'later' | 'grandfather';

interface Wish {
  readonly plan: Plan;
  readonly way: Way;
  readonly day: string;
  readonly agreed: string;
  readonly authority: string;
  /** Of the contract, where the plan leaves them to it. */
  readonly limits: Readonly<Record<string, string>>;
}

export function ChangePlan({ tenant }: { readonly tenant: Tenant }): ReactNode {
  const [opened, setOpened] = useState(false);
  const others = PLANS.filter((plan) => plan !== tenant.plan);
  const [wish, setWish] = useState<Wish>({
    plan: nextOf(tenant.plan),
    way: 'now',
    day: '',
    agreed: '',
    authority: '',
    limits: {},
  });
  // The plan it has by now may be the one that was chosen before.
  const plan = wish.plan === tenant.plan ? nextOf(tenant.plan) : wish.plan;
  const impact = useApi(
    'GET /api/v1/tenants/{tenant}/plan-impact',
    { path: { tenant: tenant.id }, query: { plan } },
    { enabled: opened },
  );
  const act = useTenantAct('POST /api/v1/tenants/{tenant}/change-plan');
  const set = (more: Partial<Wish>): void => setWish({ ...wish, plan, ...more });
  const over = impact.data?.limits.some(({ excess }) => excess > 0) === true;
  const way = wish.way === 'grandfather' && !over ? 'now' : wish.way;
  const unset = impact.data?.unset ?? [];
  const incomplete =
    impact.data === undefined ||
    (over && way === 'now') ||
    (way === 'later' && wish.day === '') ||
    (way === 'grandfather' && wish.agreed.trim() === '') ||
    (impact.data?.conflicts.length ?? 0) > 0 ||
    unset.some((name) => parseLimit(wish.limits[name] ?? '') === undefined);
  return (
    <ReasonDialog
      name={`plan.${tenant.id}`}
      label="Change plan…"
      title={`Change the plan of ${tenant.name}`}
      about={
        <>
          Now on <strong>{tenant.plan}</strong>. Nothing changes before you confirm.
        </>
      }
      size="lg"
      onOpen={() => setOpened(true)}
      pending={act.isPending}
      fault={act.error}
      incomplete={incomplete}
      onConfirm={(reason) =>
        act.mutateAsync({ path: { tenant: tenant.id }, body: { plan, reason, ...bodyOf({ ...wish, way }, unset) } })
      }
    >
      <NativeSelect
        label="New plan"
        value={plan}
        onChange={(event) => set({ plan: event.currentTarget.value as Plan, limits: {} })}
        data={[...others]}
      />
      <Loaded of={impact}>{(found) => <ImpactView impact={found} />}</Loaded>
      {unset.length > 0 && (
        <Fieldset legend="The plan leaves these to the contract">
          <div className="fields">
            {unset.map((name) => (
              <TextInput
                key={name}
                label={words(name)}
                description='A number, or "unlimited".'
                value={wish.limits[name] ?? ''}
                onChange={(event) => set({ limits: { ...wish.limits, [name]: event.currentTarget.value } })}
                required
              />
            ))}
          </div>
        </Fieldset>
      )}
      <WayChoice wish={{ ...wish, way }} over={over} set={set} />
      <TextInput
        label="Authority"
        description="On whose word, such as a contract; else yours."
        value={wish.authority}
        onChange={(event) => set({ authority: event.currentTarget.value })}
      />
    </ReasonDialog>
  );
}

function bodyOf({ way, day, agreed, authority, limits }: Wish, unset: readonly string[]) {
  const given = unset.map((name) => [name, parseLimit(limits[name] ?? '') ?? null] as const);
  return {
    ...(given.length === 0 ? {} : { limits: Object.fromEntries(given) }),
    ...(way === 'later' ? { due_at: new Date(`${day}T00:00:00`).toISOString() } : {}),
    ...(way === 'grandfather' ? { grandfathered_by: agreed.trim() } : {}),
    ...(authority.trim() === '' ? {} : { authority: authority.trim() }),
  };
}

interface WayProps {
  readonly wish: Wish;
  readonly over: boolean;
  readonly set: (more: Partial<Wish>) => void;
}

const WayChoice = ({ wish, over, set }: WayProps): ReactNode => (
  <>
    <Radio.Group
      label="When"
      value={wish.way}
      onChange={(value) => set({ way: value as Way })}
      description={over ? 'More is used than the new plan allows, so it cannot change just like that.' : undefined}
    >
      <Stack gap="xs" mt="xs">
        <Radio value="now" label="At once" disabled={over} />
        <Radio
          value="later"
          label={over ? 'On a day: if it still does not fit then, the plan stays and the history says so' : 'On a day'}
        />
        {over && <Radio value="grandfather" label="At once; what is there beyond the plan stays, and new is refused" />}
      </Stack>
    </Radio.Group>
    {wish.way === 'later' && (
      <TextInput
        type="date"
        label="Day"
        value={wish.day}
        onChange={(event) => set({ day: event.currentTarget.value })}
        required
      />
    )}
    {wish.way === 'grandfather' && (
      <TextInput
        label="Who agreed that it stays"
        description="By name; kept in the history."
        value={wish.agreed}
        onChange={(event) => set({ agreed: event.currentTarget.value })}
        required
      />
    )}
  </>
);

const DIRECTIONS = { upgrade: 'An upgrade', downgrade: 'A downgrade', same: 'The plan it has' } as const;

export const ImpactView = ({ impact }: { readonly impact: Impact }): ReactNode => {
  const over = impact.limits.filter(({ excess }) => excess > 0);
  const moved = impact.features.filter(({ before, after }) => before !== after);
  return (
    <section className="impact" aria-label="What it changes">
      <Text fw={600}>
        {DIRECTIONS[impact.direction]}: {impact.from} to {impact.to}
      </Text>
      <DataTable
        label="Limits now and then"
        minWidth={420}
        rows={impact.limits}
        keyOf={({ name }) => name}
        columns={[
          { title: 'Limit', cell: ({ name }) => limitTitle(name) },
          { title: 'Now', isNumber: true, cell: ({ name, before }) => limitOf(name, before) },
          {
            title: 'Then',
            isNumber: true,
            cell: ({ name, before, after }) =>
              before === after ? limitOf(name, after) : <strong>{limitOf(name, after)}</strong>,
          },
          { title: 'Used', isNumber: true, cell: ({ name, used }) => (used === null ? '–' : amountText(name, used)) },
          {
            title: 'Fits',
            cell: ({ name, used, excess }) =>
              excess > 0 ? (
                <Status of="failed">{amountText(name, excess)} too many</Status>
              ) : used === null ? (
                '–'
              ) : (
                <Status of="ok">fits</Status>
              ),
          },
        ]}
      />
      <Text size="sm" component="div">
        {moved.length === 0
          ? 'No feature comes or goes.'
          : moved.map(({ name, after }) => (
              <div key={name}>
                <Status of={after ? 'ok' : 'waiting'}>{after ? 'comes' : 'goes'}</Status> {limitTitle(name)}
              </div>
            ))}
      </Text>
      {impact.sla_percent.before !== impact.sla_percent.after && (
        <Text size="sm">
          Availability promised: {impact.sla_percent.before ?? 'none'} % before, {impact.sla_percent.after ?? 'none'} %
          after.
        </Text>
      )}
      {impact.conflicts.length > 0 && (
        <Alert className="alert-bad" variant="outline" title="Promised to the tenant, and not in this plan">
          {impact.conflicts.map(limitTitle).join(', ')}. Take the feature back under “Edit” first, or name there who
          approves it.
        </Alert>
      )}
      {over.length > 0 && (
        <Alert className="alert-warn" variant="outline" title="More is used than the new plan allows">
          {over
            .map(
              ({ name, used, after }) =>
                `${limitTitle(name)}: ${amountText(name, used ?? 0)} of ${limitOf(name, after)}`,
            )
            .join('; ')}
          .
        </Alert>
      )}
    </section>
  );
};
