import type { PortalDoneView, PortalTaskView } from '@tenantry/contract';
import { type FormEvent, type ReactNode, useState } from 'react';
import { downloadAddress, isFault, type PortalFault, post, taskPath } from '../api.ts';
import { FaultNote } from '../parts/common.tsx';
import { labelOf } from '../parts/field-kind.ts';
import { useSession } from '../parts/session.tsx';

interface SignProps {
  readonly task: PortalTaskView;
  readonly onDone: (answer: PortalDoneView) => Promise<void>;
  /** What is to be signed is another by now. */
  readonly onChanged: () => Promise<void>;
}

/** What is signed, whole, then the name under it; or what is not right. */
export function SignForm({ task, onDone, onChanged }: SignProps): ReactNode {
  const { speech } = useSession();
  const { say } = speech;
  const [name, setName] = useState('');
  const [why, setWhy] = useState('');
  const [refusing, setRefusing] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<PortalFault | undefined>();

  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFault(undefined);
    const body = { decision: refusing ? 'no' : 'yes', hash: task.hash, name, ...(refusing && { note: why }) };
    try {
      await onDone(await post<PortalDoneView>(`${taskPath(task.run, task.step)}/sign`, body));
    } catch (error) {
      if (!isFault(error)) throw error;
      setFault(error);
      if (error.code === 'run.content_changed') await onChanged();
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void send(event)}>
      <Content task={task} />
      {fault?.code === 'run.content_changed' ? (
        <p className="note warn" role="alert">
          {say('sign.changed')}
        </p>
      ) : (
        fault !== undefined && <FaultNote fault={fault} />
      )}
      <div className="field">
        <label htmlFor="name">{say('sign.name')}</label>
        <input
          id="name"
          autoComplete="name"
          required
          minLength={2}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      {refusing && (
        <div className="field">
          <label htmlFor="why">{say('sign.noWhy')}</label>
          <textarea id="why" rows={4} required value={why} onChange={(event) => setWhy(event.target.value)} />
        </div>
      )}
      <div className="buttons">
        <button type="submit" className="press" disabled={busy}>
          {say(refusing ? 'sign.noSend' : task.kind === 'approve' ? 'sign.approve' : 'sign.yes')}
        </button>
        <button type="button" className="plain" onClick={() => setRefusing(!refusing)}>
          {say(refusing ? 'sign.noCancel' : 'sign.no')}
        </button>
      </div>
    </form>
  );
}

/** A record as it is signed. */
const Values = ({ values }: { readonly values: Readonly<Record<string, unknown>> }): ReactNode => (
  <ul className="values">
    {Object.entries(values).map(([name, value]) => (
      <li key={name}>
        <span className="quiet">{labelOf(name, {})}:</span>{' '}
        {typeof value === 'object' ? JSON.stringify(value) : String(value)}
      </li>
    ))}
  </ul>
);

function Content({ task }: { readonly task: PortalTaskView }): ReactNode {
  const { say, time } = useSession().speech;
  return (
    <section className="card" aria-labelledby="signed">
      <h2 id="signed">{say('sign.title')}</h2>
      <dl>
        {task.statement !== null && (
          <div>
            <dt>{say('sign.statement')}</dt>
            <dd className="statement">{task.statement}</dd>
          </div>
        )}
        <div>
          <dt>{say('sign.parts')}</dt>
          {task.parts.map((part) => (
            <dd key={part.title}>
              {part.url === null ? (
                part.title
              ) : (
                <a href={downloadAddress(part.url)} download>
                  {say('sign.download', { title: part.title })}
                </a>
              )}
              {part.content !== null && <Values values={part.content} />}
            </dd>
          ))}
        </div>
        <div>
          <dt>{say('sign.hash')}</dt>
          <dd>
            <code>{task.hash}</code>
            <p className="quiet">{say('sign.hashWhy')}</p>
          </dd>
        </div>
        {task.signed_by.length > 0 && (
          <div>
            <dt>{say('sign.others')}</dt>
            {task.signed_by.map((each) => (
              <dd key={`${each.name}${each.at}`}>
                {say('signatures.by', { name: each.name, role: each.role, time: time(each.at) })}
                {!each.counts && <span className="late"> {say('sign.void')}</span>}
              </dd>
            ))}
          </div>
        )}
      </dl>
    </section>
  );
}
