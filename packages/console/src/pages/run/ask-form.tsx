/** What waits for a person, done in place: tasks, checklists, forms, approvals, sign-offs, choices, confirmations. */
import { Alert, Button, Checkbox, Group, NativeSelect, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { ApiFault } from '../../api/api-fault.ts';
import { useMe } from '../../api/use-me.ts';
import { type Schema, withoutSecrets } from '../../parts/schema-form/schema.ts';
import { readFile, SchemaForm } from '../../parts/schema-form/schema-form.tsx';
import { FaultAlert } from '../../parts/states.tsx';
import { words } from '../../parts/status.tsx';
import { useDraft } from '../../parts/use-draft.ts';
import { Value, valueText } from '../../parts/value.tsx';
import { type Ask, useRunAct } from './use-run.ts';

interface AskProps {
  readonly run: string;
  readonly ask: Ask;
  readonly round: number;
}

export function AskForm({ run, ask, round }: AskProps): ReactNode {
  const me = useMe();
  const held = ask.roles.filter((role) => me?.roles.includes(role));
  const name = `${run}.${ask.step}.${round}`;
  return (
    <Stack gap="sm">
      {ask.text !== ask.title && <Text>{ask.text}</Text>}
      {ask.instructions !== null && <Text className="written">{ask.instructions}</Text>}
      {ask.help !== null && <Help text={ask.help} />}
      {ask.failure !== null && (
        <Alert className="alert-warn" variant="outline" title="Asked again">
          {ask.failure.message}
        </Alert>
      )}
      <Shows shows={ask.shows} />
      {held.length === 0 ? (
        <Text className="quiet" size="sm">
          This is for {ask.roles.map(words).join(' or ') || 'nobody'}; you are{' '}
          {me?.roles.map(words).join(', ') || 'in no role'}.
        </Text>
      ) : (
        <OneAsk key={name} run={run} ask={ask} name={name} roles={held} />
      )}
    </Stack>
  );
}

const Help = ({ text }: { readonly text: string }): ReactNode =>
  /^https?:\/\//.test(text) ? (
    <a href={text} target="_blank" rel="noreferrer">
      How to do this
    </a>
  ) : (
    <Text size="sm" className="quiet">
      See {text}
    </Text>
  );

const Shows = ({ shows }: { readonly shows: Ask['shows'] }): ReactNode =>
  Object.entries(shows).length === 0 ? null : (
    <dl className="facts">
      {Object.entries(shows).map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{isLink(value) ? <a href={value}>{value}</a> : <Value of={value} label={label} />}</dd>
        </div>
      ))}
    </dl>
  );

const isLink = (value: unknown): value is string => typeof value === 'string' && /^https?:\/\//.test(value);

interface OneAskProps {
  readonly run: string;
  readonly ask: Ask;
  /** What the draft is kept under. */
  readonly name: string;
  /** Those of the asked roles the reader has. */
  readonly roles: readonly string[];
}

function OneAsk(props: OneAskProps): ReactNode {
  switch (props.ask.kind) {
    case 'approve':
    case 'sign_off':
      return <Decide {...props} />;
    case 'choose':
      return <Choose {...props} />;
    case 'confirm':
      return <Confirm {...props} />;
    case 'task':
    case 'undo_task':
    case 'manual':
      return <Complete {...props} />;
  }
}

interface RoleProps {
  readonly roles: readonly string[];
  readonly role: string | undefined;
  readonly onRole: (role: string) => void;
}

const RolePick = ({ roles, role, onRole }: RoleProps): ReactNode =>
  roles.length < 2 ? null : (
    <NativeSelect
      label="Acting as"
      value={role ?? roles[0] ?? ''}
      onChange={(event) => onRole(event.currentTarget.value)}
      data={roles.map((each) => ({ value: each, label: words(each) }))}
    />
  );

interface DecideDraft {
  readonly note: string;
  readonly role?: string;
}

/** A yes is bound to what is on screen: the hash goes with it, and the server refuses it if the content has changed. */
function Decide({ run, ask, name, roles }: OneAskProps): ReactNode {
  const draft = useDraft<DecideDraft>(`decide.${name}`, { note: '' }, ask.hash ?? '');
  const act = useRunAct('POST /api/v1/runs/{run}/steps/{step}/decide', run);
  const decide = (decision: 'yes' | 'no'): void => {
    const { note, role = roles[0] } = draft.value;
    const body = {
      decision,
      role,
      ...(ask.hash === null ? {} : { hash: ask.hash }),
      ...(note.trim() === '' ? {} : { note: note.trim() }),
    };
    act.mutate({ path: { run, step: ask.step }, body }, { onSuccess: draft.clear });
  };
  const noNeedsNote = draft.value.note.trim() === '';
  return (
    <Stack gap="sm">
      {ask.need > 1 && <Text size="sm">{ask.need} different people are still needed.</Text>}
      {draft.isStale && <Changed onKeep={draft.keep} onDrop={draft.clear} />}
      <RolePick roles={roles} role={draft.value.role} onRole={(role) => draft.set({ ...draft.value, role })} />
      <Textarea
        label="Note"
        description="Needed for a no: it says what has to change."
        value={draft.value.note}
        onChange={(event) => draft.set({ ...draft.value, note: event.currentTarget.value })}
        autosize
        minRows={2}
      />
      {ask.hash !== null && (
        <Text size="xs" className="quiet">
          Bound to SHA-256 <code>{ask.hash.slice(0, 16)}…</code>: a yes to anything else is refused.
        </Text>
      )}
      {act.error !== null && <Refused fault={act.error} />}
      <Group>
        <Button loading={act.isPending} disabled={draft.isStale} onClick={() => decide('yes')}>
          {ask.kind === 'sign_off' ? 'Sign off' : 'Approve'}
        </Button>
        <Button variant="default" loading={act.isPending} disabled={noNeedsNote} onClick={() => decide('no')}>
          Refuse
        </Button>
      </Group>
    </Stack>
  );
}

interface ChangedProps {
  readonly onKeep: () => void;
  readonly onDrop: () => void;
}

/** A conflict is shown, and what was typed is not thrown away. */
const Changed = ({ onKeep, onDrop }: ChangedProps): ReactNode => (
  <Alert className="alert-warn" variant="outline" title="This has changed since you typed" role="alert">
    <Stack gap="xs">
      <Text size="sm">Read what is asked now. What you typed is below; keep it, or begin anew.</Text>
      <Group>
        <Button size="xs" variant="default" onClick={onKeep}>
          Keep what I typed
        </Button>
        <Button size="xs" variant="default" onClick={onDrop}>
          Begin anew
        </Button>
      </Group>
    </Stack>
  </Alert>
);

const CONFLICTS = new Set(['run.wrong_state', 'run.conflict', 'run.content_changed', 'run.stale_plan']);

const Refused = ({ fault }: { readonly fault: ApiFault }): ReactNode => (
  <FaultAlert
    fault={fault}
    {...(CONFLICTS.has(fault.code) ? { title: 'Somebody was faster, or it has changed' } : {})}
  />
);

function Choose({ run, ask, name, roles }: OneAskProps): ReactNode {
  const recommended = ask.options.find((option) => option.recommended)?.id ?? '';
  const draft = useDraft<string>(`choose.${name}`, recommended);
  const act = useRunAct('POST /api/v1/runs/{run}/steps/{step}/choose', run);
  const send = (): void =>
    act.mutate(
      { path: { run, step: ask.step }, body: { option: draft.value, role: roles[0] } },
      { onSuccess: draft.clear },
    );
  return (
    <Stack gap="sm">
      <Radio.Group label="One of these" value={draft.value} onChange={draft.set}>
        <Stack gap="xs" mt="xs">
          {ask.options.map((option) => (
            <Radio
              key={option.id}
              value={option.id}
              label={`${option.title}${option.recommended ? ' (recommended)' : ''}`}
            />
          ))}
        </Stack>
      </Radio.Group>
      {act.error !== null && <Refused fault={act.error} />}
      <Group>
        <Button loading={act.isPending} disabled={draft.value === ''} onClick={send}>
          Choose
        </Button>
      </Group>
    </Stack>
  );
}

function Confirm({ run, ask, name, roles }: OneAskProps): ReactNode {
  const draft = useDraft<string>(`confirm.${name}`, '');
  const act = useRunAct('POST /api/v1/runs/{run}/steps/{step}/confirm', run);
  const send = (): void =>
    act.mutate(
      { path: { run, step: ask.step }, body: { text: draft.value, role: roles[0] } },
      { onSuccess: draft.clear },
    );
  return (
    <Stack gap="sm">
      <Alert className="alert-warn" variant="outline" title="Point of no return">
        From here on the run cannot be taken back past this step.
      </Alert>
      <TextInput
        label={`Type: ${ask.confirm ?? ''}`}
        value={draft.value}
        onChange={(event) => draft.set(event.currentTarget.value)}
        autoComplete="off"
      />
      {act.error !== null && <Refused fault={act.error} />}
      <Group>
        <Button loading={act.isPending} disabled={draft.value !== ask.confirm} onClick={send}>
          Go on
        </Button>
      </Group>
    </Stack>
  );
}

interface TaskDraft {
  readonly output: unknown;
  readonly ticks: readonly string[];
  readonly note: string;
  readonly role?: string;
}

function Complete({ run, ask, name, roles }: OneAskProps): ReactNode {
  const schema: Schema = { type: 'object', properties: ask.form, required: ask.form_required };
  const draft = useDraft<TaskDraft>(`task.${name}`, { output: {}, ticks: [], note: '' }, questionOf(ask));
  // Secrets are typed anew after a reload: they are nowhere but on this page.
  const [typed, setTyped] = useState<unknown>(undefined);
  const [file, setFile] = useState<File | null>(null);
  const act = useRunAct('POST /api/v1/runs/{run}/steps/{step}/complete', run);
  const output = typed ?? draft.value.output;
  const change = (part: Partial<TaskDraft>): void => draft.set({ ...draft.value, ...part });
  const own = ask.checklist.filter((item) => !item.by_system);
  const missing = own.filter((item) => !draft.value.ticks.includes(item.id)).length;
  const send = async (): Promise<void> => {
    const { ticks, note, role = roles[0] } = draft.value;
    const body = {
      role,
      output: output as Record<string, unknown>,
      ticks: [...ticks],
      ...(note.trim() === '' ? {} : { note: note.trim() }),
      ...(file === null ? {} : { file: await readFile(file) }),
    };
    await act.mutateAsync({ path: { run, step: ask.step }, body });
    draft.clear();
  };
  return (
    <Stack gap="sm">
      {draft.isStale && <Changed onKeep={draft.keep} onDrop={draft.clear} />}
      {ask.checklist.length > 0 && (
        <Checklist ask={ask} ticks={draft.value.ticks} onTicks={(ticks) => change({ ticks })} />
      )}
      <SchemaForm
        schema={schema}
        value={output}
        faults={faultsByPlace(act.error)}
        onChange={(value) => {
          setTyped(value);
          change({ output: withoutSecrets(value, schema, schema) });
        }}
      />
      <RolePick roles={roles} role={draft.value.role} onRole={(role) => change({ role })} />
      {ask.evidence === 'file' && <FilePick onFile={setFile} />}
      <Textarea
        label={ask.evidence === 'link' ? 'Link' : 'Note'}
        withAsterisk={ask.evidence === 'note' || ask.evidence === 'link'}
        value={draft.value.note}
        onChange={(event) => change({ note: event.currentTarget.value })}
        autosize
      />
      {act.error !== null && <Refused fault={act.error} />}
      <Group>
        <Button
          loading={act.isPending}
          disabled={missing > 0 || draft.isStale}
          onClick={() => void send().catch(() => undefined)}
        >
          Done
        </Button>
        {missing > 0 && <Text size="sm">{missing === 1 ? 'One item is' : `${missing} items are`} not ticked yet.</Text>}
      </Group>
    </Stack>
  );
}

/** What is asked for: typed on sight of one question, an answer is not quietly given to another. */
const questionOf = ({ form, checklist, text }: Ask): string =>
  `${text} ${Object.keys(form).sort().join(' ')} ${checklist.map(({ id }) => id).join(' ')}`;

const faultsByPlace = (fault: ApiFault | null): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (fault?.faults ?? []).map(({ path, message }) => [path.replace(/^(?:body\.)?output\.?/, ''), message]),
  );

const FilePick = ({ onFile }: { readonly onFile: (file: File | null) => void }): ReactNode => (
  <label>
    <Text component="span" size="sm" fw={500}>
      File (needed)
    </Text>
    <input type="file" className="file" onChange={(event) => onFile(event.currentTarget.files?.[0] ?? null)} />
  </label>
);

interface ChecklistProps {
  readonly ask: Ask;
  readonly ticks: readonly string[];
  readonly onTicks: (ticks: readonly string[]) => void;
}

const Checklist = ({ ask, ticks, onTicks }: ChecklistProps): ReactNode => (
  <Stack gap="xs" role="group" aria-label="Checklist">
    {ask.checklist.map((item) => (
      <Checkbox
        key={item.id}
        label={item.item}
        description={item.by_system ? systemWords(item.found) : undefined}
        checked={item.by_system ? item.found?.ok === true : ticks.includes(item.id)}
        disabled={item.by_system}
        onChange={(event) =>
          onTicks(event.currentTarget.checked ? [...ticks, item.id] : ticks.filter((each) => each !== item.id))
        }
      />
    ))}
  </Stack>
);

function systemWords(found: Ask['checklist'][number]['found']): string {
  if (found === null) return 'The system looks by itself.';
  return found.ok ? 'The system found it so.' : `Not so yet: ${valueText(found.reason ?? 'does not hold')}`;
}
