import type { PortalDraftContent, PortalDraftView, PortalTaskView } from '@tenantry/contract';
import type { ReactNode } from 'react';
import { isSchema, labelOf } from '../parts/field-kind.ts';
import { useSession } from '../parts/session.tsx';
import type { Draft } from '../parts/use-draft.ts';

/** Where what is typed is kept by now. */
export function KeptNote({ kept }: { readonly kept: Draft['kept'] }): ReactNode {
  const { say } = useSession().speech;
  return (
    <p className="quiet kept-note" role="status">
      {kept === 'untouched' ? '' : say(`draft.${kept}`)}
    </p>
  );
}

interface ConflictProps {
  readonly newer: PortalDraftView;
  readonly mine: PortalDraftContent;
  readonly task: PortalTaskView;
  readonly onSettle: (which: 'mine' | 'theirs') => void;
}

/** Both are shown, and nothing is overwritten until the reader says which is right. */
export function ConflictNote({ newer, mine, task, onSettle }: ConflictProps): ReactNode {
  const { say, time } = useSession().speech;
  return (
    <div className="note warn" role="alert">
      <strong>{say('draft.conflictTitle')}</strong>
      <p>{say('draft.conflictText', { time: newer.saved_at === null ? '' : time(newer.saved_at) })}</p>
      <div className="two">
        <section>
          <h2>{say('draft.mine')}</h2>
          <Content content={mine} task={task} />
          <button type="button" className="press" onClick={() => onSettle('mine')}>
            {say('draft.mine')}
          </button>
        </section>
        <section>
          <h2>{say('draft.theirs')}</h2>
          <Content content={newer.content} task={task} />
          <button type="button" className="press" onClick={() => onSettle('theirs')}>
            {say('draft.theirs')}
          </button>
        </section>
      </div>
    </div>
  );
}

interface ContentProps {
  readonly content: PortalDraftContent;
  readonly task: PortalTaskView;
}

/** By the words of the form. */
const Content = ({ content, task }: ContentProps): ReactNode => (
  <pre>
    {[
      ...Object.entries(content.values).map(([name, value]) => {
        const schema = task.form[name];
        return `${labelOf(name, isSchema(schema) ? schema : {})}: ${typeof value === 'string' ? value : JSON.stringify(value)}`;
      }),
      ...content.ticks.map((tick) => `☑ ${task.checklist.find(({ id }) => id === tick)?.item ?? tick}`),
      content.note,
    ]
      .filter((line) => line !== '')
      .join('\n')}
  </pre>
);
