import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { isFault, type PortalFault, post } from '../api.ts';
import { FaultNote } from '../parts/common.tsx';
import { newId } from '../parts/new-id.ts';
import { useSession } from '../parts/session.tsx';

interface AskProps {
  readonly title: string;
  readonly run?: string;
  readonly step?: string;
  readonly onAsked?: () => Promise<void>;
}

/** A question to the vendor. Its id is made here, so that sending it twice asks once. */
export function AskForm({ title, run, step, onAsked }: AskProps): ReactNode {
  const { say } = useSession().speech;
  const field = useId();
  const [id, setId] = useState(() => newId());
  const [text, setText] = useState('');
  const [sent, setSent] = useState(false);
  const [fault, setFault] = useState<PortalFault | undefined>();
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setFault(undefined);
    try {
      await post('/questions', { id, text, ...(run && { run }), ...(step && { step }) });
      setId(newId());
      setText('');
      setSent(true);
      await onAsked?.();
    } catch (error) {
      if (!isFault(error)) throw error;
      setFault(error);
    }
  };
  return (
    <details className="ask">
      <summary>{title}</summary>
      <form onSubmit={(event) => void send(event)}>
        <div className="field">
          <label htmlFor={field}>{say('questions.text')}</label>
          <textarea id={field} rows={3} required value={text} onChange={(event) => setText(event.target.value)} />
        </div>
        {fault !== undefined && <FaultNote fault={fault} />}
        <button type="submit" className="press">
          {say('questions.send')}
        </button>
        <p role="status" className="quiet">
          {sent ? say('questions.sent') : ''}
        </p>
      </form>
    </details>
  );
}
