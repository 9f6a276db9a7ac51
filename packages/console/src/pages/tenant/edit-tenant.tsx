/** Setting a tenant right, on sight of one version: whoever was faster is shown, and never overwritten. */
import { Alert, Button, Fieldset, Group, NativeSelect, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { ApiFault } from '../../api/api-fault.ts';
import { callWithTag } from '../../api/call.ts';
import { useApi } from '../../api/use-api.ts';
import { may, useMe } from '../../api/use-me.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { Loading } from '../../parts/states.tsx';
import { words } from '../../parts/status.tsx';
import { badLimits, bodyOf, changesOf, type EditForm, formOf, rebase, type Switch, shown } from './edit-form.ts';
import { amountText, limitOf, parseLimit } from './limits.ts';
import type { Tenant } from './tenant-types.ts';
import { useTenantAct } from './use-tenant.ts';

/** What is edited, and the version it was read at. */
interface Seen {
  readonly tenant: Tenant;
  readonly tag: string;
  readonly base: EditForm;
}

async function look(id: string): Promise<Seen> {
  const { answer, tag } = await callWithTag('GET /api/v1/tenants/{tenant}', { path: { tenant: id } });
  return { tenant: answer, tag: tag ?? '', base: formOf(answer) };
}

export function EditTenant({ tenant }: { readonly tenant: Tenant }): ReactNode {
  const client = useQueryClient();
  const [seen, setSeen] = useState<Seen>();
  const [form, setForm] = useState<EditForm>();
  const [newer, setNewer] = useState<Seen>();
  const [fault, setFault] = useState<ApiFault | null>(null);
  const act = useTenantAct('PATCH /api/v1/tenants/{tenant}');
  const open = async (): Promise<void> => {
    setFault(null);
    setNewer(undefined);
    try {
      const found = await look(tenant.id);
      setSeen(found);
      setForm(found.base);
    } catch (error) {
      if (!(error instanceof ApiFault)) throw error;
      setFault(error);
    }
  };
  const confirm = async (reason: string): Promise<void> => {
    if (seen === undefined || form === undefined) return;
    setFault(null);
    try {
      await act.mutateAsync({ path: { tenant: tenant.id }, body: bodyOf(seen.base, form, reason), ifMatch: seen.tag });
    } catch (error) {
      if (!(error instanceof ApiFault)) throw error;
      if (error.code === 'request.precondition_failed') {
        setNewer(await look(tenant.id));
        await client.invalidateQueries({ queryKey: ['GET /api/v1/tenants/{tenant}'] });
      } else setFault(error);
      throw error;
    }
  };
  const settle = (onto: Seen, next: EditForm): void => {
    setSeen(onto);
    setForm(next);
    setNewer(undefined);
  };
  const ready = seen !== undefined && form !== undefined;
  const changes = ready ? changesOf(seen.base, form) : [];
  const bad = form === undefined ? [] : badLimits(form);
  return (
    <ReasonDialog
      name={`edit.${tenant.id}`}
      label="Edit…"
      title={`Edit ${tenant.name}`}
      about="Limits and features of the contract stand above those of the plan. An empty field is as the plan says."
      size="lg"
      onOpen={() => void open()}
      pending={act.isPending}
      fault={fault}
      incomplete={!ready || changes.length === 0 || bad.length > 0 || newer !== undefined}
      onConfirm={confirm}
    >
      {!ready && fault === null && <Loading lines={4} />}
      {ready && newer !== undefined && (
        <Conflict
          base={seen.base}
          mine={form}
          theirs={newer.base}
          keep={() => settle(newer, rebase(seen.base, form, newer.base))}
          drop={() => settle(newer, newer.base)}
        />
      )}
      {ready && newer === undefined && <Fields seen={seen} form={form} set={setForm} bad={bad} />}
    </ReasonDialog>
  );
}

interface ConflictProps {
  readonly base: EditForm;
  readonly mine: EditForm;
  readonly theirs: EditForm;
  readonly keep: () => void;
  readonly drop: () => void;
}

function Conflict({ base, mine, theirs, keep, drop }: ConflictProps): ReactNode {
  const [before, yours, now] = [shown(base), shown(mine), shown(theirs)];
  const rows = Object.keys(yours).filter((field) => yours[field] !== before[field] || now[field] !== before[field]);
  return (
    <Alert className="alert-warn" variant="outline" title="Somebody changed this tenant meanwhile" role="alert">
      <Text size="sm" mb="xs">
        Nothing of yours was saved, and nothing of theirs is overwritten.
      </Text>
      <DataTable
        label="Both versions"
        minWidth={420}
        rows={rows}
        keyOf={(field) => field}
        columns={[
          { title: 'Field', cell: words },
          { title: 'When you began', cell: (field) => before[field] },
          { title: 'Theirs, now', cell: (field) => <strong>{now[field]}</strong> },
          {
            title: 'Yours',
            cell: (field) =>
              yours[field] === before[field] ? (
                <span className="quiet">untouched</span>
              ) : (
                <strong>{yours[field]}</strong>
              ),
          },
        ]}
      />
      <Group gap="xs" mt="sm">
        <Button size="xs" variant="default" onClick={keep}>
          Make my changes on theirs
        </Button>
        <Button size="xs" variant="default" onClick={drop}>
          Drop mine
        </Button>
      </Group>
      {rows.length === 0 && <Text size="sm">What differs is not among these fields, such as the status.</Text>}
    </Alert>
  );
}

interface FieldsProps {
  readonly seen: Seen;
  readonly form: EditForm;
  readonly set: (form: EditForm) => void;
  readonly bad: readonly string[];
}

function Fields({ seen, form, set, bad }: FieldsProps): ReactNode {
  const { tenant } = seen;
  const usage = useApi('GET /api/v1/tenants/{tenant}/usage', { path: { tenant: tenant.id } });
  const usedOf = (name: string): number | null => usage.data?.meters.find((meter) => meter.name === name)?.used ?? null;
  const over = Object.entries(form.limits).filter(([name, text]) => {
    const [limit, used] = [parseLimit(text), usedOf(name)];
    return text !== seen.base.limits[name] && typeof limit === 'number' && used !== null && used > limit;
  });
  const switchedOn = Object.entries(form.features).some(
    ([name, on]) => on === 'on' && seen.base.features[name] !== 'on',
  );
  return (
    <>
      <div className="fields">
        <TextInput
          label="Name"
          value={form.name}
          onChange={(event) => set({ ...form, name: event.currentTarget.value })}
          required
          maxLength={255}
        />
        <SupportTier tenant={tenant} value={form.supportTier} set={(supportTier) => set({ ...form, supportTier })} />
      </div>
      <Fieldset legend="Limits of the contract">
        <div className="fields">
          {Object.entries(form.limits).map(([name, text]) => (
            <TextInput
              key={name}
              label={words(name)}
              description={`In force ${limitOf(name, tenant.limits[name])}${usedOf(name) === null ? '' : `, used ${amountText(name, usedOf(name) ?? 0)}`}`}
              placeholder="as the plan"
              value={text}
              error={bad.includes(name) ? 'A whole number, "unlimited", or nothing' : undefined}
              onChange={(event) => set({ ...form, limits: { ...form.limits, [name]: event.currentTarget.value } })}
            />
          ))}
        </div>
      </Fieldset>
      {over.length > 0 && (
        <TextInput
          label="Who agreed that what is there stays"
          description={`More is used than you allow: ${over.map(([name]) => words(name)).join(', ')}. New ones are refused all the same.`}
          value={form.agreed}
          onChange={(event) => set({ ...form, agreed: event.currentTarget.value })}
          required
        />
      )}
      <Fieldset legend="Features of the contract">
        <div className="fields">
          {Object.entries(form.features).map(([name, on]) => (
            <NativeSelect
              key={name}
              label={words(name)}
              value={on}
              onChange={(event) =>
                set({ ...form, features: { ...form.features, [name]: event.currentTarget.value as Switch } })
              }
              data={[
                { value: 'plan', label: 'as the plan' },
                { value: 'on', label: 'on' },
                { value: 'off', label: 'off' },
              ]}
            />
          ))}
        </div>
      </Fieldset>
      {switchedOn && (
        <TextInput
          label="Who approved the feature"
          description="Needed where the plan does not include it."
          value={form.approvedBy}
          onChange={(event) => set({ ...form, approvedBy: event.currentTarget.value })}
        />
      )}
      {seen.base !== form && <Summary seen={seen} form={form} />}
    </>
  );
}

const Summary = ({ seen, form }: { readonly seen: Seen; readonly form: EditForm }): ReactNode => {
  const changes = changesOf(seen.base, form);
  return changes.length === 0 ? null : (
    <Text size="sm" component="div">
      {changes.map(({ field, before, mine }) => (
        <div key={field}>
          {words(field)}: {before} → <strong>{mine}</strong>
        </div>
      ))}
    </Text>
  );
};

/** A list where the reader may see the product, else the bare key. */
function SupportTier({
  tenant,
  value,
  set,
}: {
  readonly tenant: Tenant;
  readonly value: string;
  readonly set: (tier: string) => void;
}): ReactNode {
  const mayRead = may(useMe(), 'runbooks:read');
  const products = useApi('GET /api/v1/products', {}, { enabled: mayRead });
  const tiers = products.data?.items.find(({ id }) => id === tenant.product)?.support_tiers ?? [];
  const label = 'Support tier';
  if (tiers.length === 0) {
    return <TextInput label={label} value={value} onChange={(event) => set(event.currentTarget.value)} required />;
  }
  const known = tiers.map(({ key, title }) => ({ value: key, label: title }));
  return (
    <NativeSelect
      label={label}
      value={value}
      onChange={(event) => set(event.currentTarget.value)}
      data={known.some((tier) => tier.value === value) ? known : [{ value, label: value }, ...known]}
    />
  );
}
