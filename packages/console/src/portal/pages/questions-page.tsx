import type { QuestionView } from '@tenantry/contract';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { isFault, type PortalFault, post } from '../api.ts';
import { FaultNote, Heading, Waiting } from '../parts/common.tsx';
import { newId } from '../parts/new-id.ts';
import { useSession } from '../parts/session.tsx';
import { useLoad } from '../parts/use-load.ts';
import { AskForm } from './ask-form.tsx';

const LOOK_EVERY_MS = 15_000;

export function QuestionsPage(): ReactNode {
  const { say } = useSession().speech;
  const { data, fault, again } = useLoad<{ readonly items: readonly QuestionView[] }>('/questions', LOOK_EVERY_MS);
  return (
    <>
      <Heading>{say('page.questions')}</Heading>
      <AskForm title={say('questions.ask')} onAsked={again} />
      {fault !== undefined && <FaultNote fault={fault} onAgain={() => void again()} />}
      {data === undefined && fault === undefined && <Waiting />}
      {data?.items.length === 0 && <p className="quiet">{say('questions.none')}</p>}
      <ul className="cards">
        {data?.items.map((question) => (
          <Question key={question.id} question={question} onReply={again} />
        ))}
      </ul>
    </>
  );
}

interface QuestionProps {
  readonly question: QuestionView;
  readonly onReply: () => Promise<void>;
}

function Question({ question, onReply }: QuestionProps): ReactNode {
  const { say, time } = useSession().speech;
  return (
    <li className="card">
      <p className="quiet">
        {question.about === null ? '' : `${say('questions.about', { about: question.about })} · `}
        {say(`questions.${question.waits_for}`)}
      </p>
      <ol className="thread">
        {question.messages.map((message) => (
          <li key={message.id} className={message.party}>
            <p className="quiet">
              {message.author}, {time(message.at)}
            </p>
            <p className="said">{message.text}</p>
          </li>
        ))}
      </ol>
      <Reply question={question} onReply={onReply} />
    </li>
  );
}

function Reply({ question, onReply }: QuestionProps): ReactNode {
  const { say } = useSession().speech;
  const field = useId();
  const [id, setId] = useState(() => newId());
  const [text, setText] = useState('');
  const [fault, setFault] = useState<PortalFault | undefined>();
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setFault(undefined);
    try {
      await post(`/questions/${question.id}/replies`, { id, text });
      setId(newId());
      setText('');
      await onReply();
    } catch (error) {
      if (!isFault(error)) throw error;
      setFault(error);
    }
  };
  return (
    <form onSubmit={(event) => void send(event)}>
      <div className="field">
        <label htmlFor={field}>{say('questions.reply')}</label>
        <textarea id={field} rows={2} required value={text} onChange={(event) => setText(event.target.value)} />
      </div>
      {fault !== undefined && <FaultNote fault={fault} />}
      <button type="submit" className="plain">
        {say('questions.replySend')}
      </button>
    </form>
  );
}
