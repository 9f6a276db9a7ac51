import type { PortalDoneView, PortalTaskView } from '@tenantry/contract';
import { type FormEvent, type ReactNode, useState } from 'react';
import { isFault, type PortalFault, post, taskPath } from '../api.ts';
import { FaultNote, Go, Heading, Waiting } from '../parts/common.tsx';
import { faultText, fieldAt } from '../parts/fault-text.ts';
import { Field, withMember } from '../parts/field.tsx';
import { isSchema } from '../parts/field-kind.ts';
import { useSession } from '../parts/session.tsx';
import { UploadField } from '../parts/upload-field.tsx';
import { useDraft } from '../parts/use-draft.ts';
import { useLoad } from '../parts/use-load.ts';
import { AskForm } from './ask-form.tsx';
import { ConflictNote, KeptNote } from './draft-notes.tsx';
import { SignForm } from './sign-form.tsx';

interface TaskProps {
  readonly run: string;
  readonly step: string;
}

export function TaskPage({ run, step }: TaskProps): ReactNode {
  const { speech, refresh, signedOut } = useSession();
  const { data, fault, again } = useLoad<PortalTaskView>(taskPath(run, step));
  const [done, setDone] = useState<PortalDoneView | undefined>();
  const { say, time } = speech;
  const { me } = useSession().overview;
  if (done !== undefined) {
    const { signature } = done;
    return (
      <>
        <Heading>{signature === null ? say('task.sent') : say('sign.receipt')}</Heading>
        {signature !== null && (
          <div className="note good" role="status">
            <p>
              {say('sign.receiptText', {
                name: signature.name,
                role: signature.role,
                time: time(signature.signed_at),
                email: me.email,
              })}
            </p>
            <p>
              {say('sign.hash')}: <code>{signature.hash}</code>
            </p>
          </div>
        )}
        <Go to={[]}>{say('page.back')}</Go>
      </>
    );
  }
  if (data === undefined) {
    if (fault === undefined) return <Waiting />;
    if (fault.status !== 404) return <FaultNote fault={fault} onAgain={() => void again()} />;
    return (
      <>
        <Heading>{say('page.notFound')}</Heading>
        <p>{say('page.notFoundText')}</p>
        <Go to={[]}>{say('page.back')}</Go>
      </>
    );
  }
  const finish = async (answer: PortalDoneView): Promise<void> => {
    setDone(answer);
    await refresh();
  };
  return (
    <>
      <p>
        <Go to={[]}>{say('page.back')}</Go>
      </p>
      <p className="quiet">{data.phase}</p>
      <Heading>{data.title}</Heading>
      {data.text !== data.title && data.text !== data.statement && <p>{data.text}</p>}
      {data.instructions !== null && <p className="instructions">{data.instructions}</p>}
      {data.failure !== null && <p className="note bad">{say('task.again', { why: data.failure })}</p>}
      <Shows shows={data.shows} />
      {data.kind === 'task' && <TaskForm task={data} onFiles={again} onDone={finish} signedOut={signedOut} />}
      {data.kind === 'choose' && <ChooseForm task={data} onDone={finish} />}
      {(data.kind === 'sign_off' || data.kind === 'approve') && (
        <SignForm key={data.hash ?? ''} task={data} onDone={finish} onChanged={again} />
      )}
      <AskForm run={run} step={step} title={say('task.ask')} />
    </>
  );
}

function Shows({ shows }: { readonly shows: Readonly<Record<string, unknown>> }): ReactNode {
  const entries = Object.entries(shows);
  if (entries.length === 0) return null;
  return (
    <dl>
      {entries.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

interface TaskFormProps {
  readonly task: PortalTaskView;
  readonly onFiles: () => Promise<void>;
  readonly onDone: (answer: PortalDoneView) => Promise<void>;
  readonly signedOut: (fault: PortalFault) => boolean;
}

function TaskForm({ task, onFiles, onDone, signedOut }: TaskFormProps): ReactNode {
  const { say, language } = useSession().speech;
  const draft = useDraft(task);
  const [fault, setFault] = useState<PortalFault | undefined>();
  const [busy, setBusy] = useState(false);
  const path = taskPath(task.run, task.step);
  const { content, type } = draft;
  const faultAt = (at: string): string | undefined => {
    const told = fault?.faults.find((each) => each.path === at);
    if (told === undefined) return undefined;
    const field = fieldAt(task.form, content.values, at);
    const text = field === undefined ? undefined : faultText(field.schema, field.value);
    if (text !== undefined) return say(...text);
    // What only the server knows it says in English; somebody who reads another language gets what they can read.
    return language === 'en' ? told.message : say('field.other');
  };

  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFault(undefined);
    try {
      const answer = await post<PortalDoneView>(`${path}/complete`, content);
      draft.forget();
      await onDone(answer);
    } catch (error) {
      if (!isFault(error)) throw error;
      if (!signedOut(error)) setFault(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void send(event)} noValidate>
      {draft.newer !== undefined && (
        <ConflictNote newer={draft.newer} mine={content} task={task} onSettle={draft.settle} />
      )}
      {task.checklist.length > 0 && (
        <Checklist task={task} ticks={content.ticks} onTicks={(ticks) => type({ ...content, ticks })} />
      )}
      {Object.entries(task.form).map(([name, schema]) => (
        <Field
          key={name}
          name={name}
          schema={isSchema(schema) ? schema : {}}
          required={task.form_required.includes(name)}
          value={content.values[name]}
          onChange={(value) => type({ ...content, values: { ...withMember(content.values, name, value) } })}
          fault={faultAt}
          path={name}
          files={task.files}
          onFiles={onFiles}
          taskPath={path}
        />
      ))}
      {task.evidence === 'file' && (
        <UploadField
          taskPath={path}
          field=""
          label={say('file.evidence')}
          required
          file={task.files.find(({ field }) => field === '')}
          fault={undefined}
          onFiles={onFiles}
        />
      )}
      <div className="field">
        <label htmlFor="note">
          {say(
            task.evidence === 'note' ? 'task.noteNeeded' : task.evidence === 'link' ? 'task.linkNeeded' : 'task.note',
          )}
        </label>
        <textarea
          id="note"
          rows={3}
          value={content.note}
          onChange={(event) => type({ ...content, note: event.target.value })}
        />
      </div>
      {fault !== undefined && fault.faults.length === 0 && <FaultNote fault={fault} />}
      {fault !== undefined && fault.faults.length > 0 && (
        <p className="note bad" role="alert">
          {say('fault.fields')}
        </p>
      )}
      <button type="submit" className="press" disabled={busy}>
        {say('task.send')}
      </button>
      <KeptNote kept={draft.kept} />
    </form>
  );
}

interface ChecklistProps {
  readonly task: PortalTaskView;
  readonly ticks: readonly string[];
  readonly onTicks: (ticks: string[]) => void;
}

function Checklist({ task, ticks, onTicks }: ChecklistProps): ReactNode {
  const { say } = useSession().speech;
  return (
    <fieldset>
      <legend>{say('task.checklist')}</legend>
      {task.checklist.map(({ id, item, by_system: bySystem, ok }) => (
        <label key={id} className="tick">
          <input
            type="checkbox"
            disabled={bySystem}
            checked={bySystem ? ok === true : ticks.includes(id)}
            onChange={(event) => onTicks(event.target.checked ? [...ticks, id] : ticks.filter((each) => each !== id))}
          />
          <span>
            {item}
            {bySystem && <span className="quiet"> ({say('task.bySystem')})</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function ChooseForm({ task, onDone }: Pick<TaskFormProps, 'task' | 'onDone'>): ReactNode {
  const { say } = useSession().speech;
  const [option, setOption] = useState('');
  const [fault, setFault] = useState<PortalFault | undefined>();
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    try {
      await onDone(await post<PortalDoneView>(`${taskPath(task.run, task.step)}/choose`, { option }));
    } catch (error) {
      if (!isFault(error)) throw error;
      setFault(error);
    }
  };
  return (
    <form onSubmit={(event) => void send(event)}>
      <fieldset>
        <legend>{say('task.choose')}</legend>
        {task.options.map(({ id, title, recommended }) => (
          <label key={id} className="tick">
            <input type="radio" name="option" required checked={option === id} onChange={() => setOption(id)} />
            <span>
              {title}
              {recommended && <span className="quiet"> ({say('task.recommended')})</span>}
            </span>
          </label>
        ))}
      </fieldset>
      {fault !== undefined && <FaultNote fault={fault} />}
      <button type="submit" className="press" disabled={option === ''}>
        {say('task.send')}
      </button>
    </form>
  );
}
