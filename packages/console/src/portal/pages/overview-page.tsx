import type {
  PortalPhaseView,
  PortalRunView,
  PortalSignatureView,
  PortalTaskSummaryView,
  PortalWaitView,
} from '@tenantry/contract';
import type { ReactNode } from 'react';
import { Go, Heading } from '../parts/common.tsx';
import { useSession } from '../parts/session.tsx';
import type { Speech } from '../texts/speak.ts';

/** What there is to do comes first, then how far it is. */
export function OverviewPage(): ReactNode {
  const { overview, speech } = useSession();
  const { say } = speech;
  const { tasks, runs, signatures, me } = overview;
  return (
    <>
      <Heading>{say('overview.hello', { name: me.name })}</Heading>
      <section aria-labelledby="tasks">
        <h2 id="tasks">{say('tasks.title')}</h2>
        {tasks.length === 0 ? (
          <p className="quiet">{say('tasks.none')}</p>
        ) : (
          <ul className="cards">
            {tasks.map((task) => (
              <Task key={`${task.run}/${task.step}`} task={task} />
            ))}
          </ul>
        )}
      </section>
      {runs.length === 0 && <p>{say('progress.none')}</p>}
      {runs.map((run) => (
        <Progress key={run.id} run={run} />
      ))}
      {signatures.length > 0 && <Signatures signatures={signatures} />}
    </>
  );
}

function Task({ task }: { readonly task: PortalTaskSummaryView }): ReactNode {
  const { say, date, time } = useSession().speech;
  const { title, phase, asked_at: asked, draft_saved_at: saved } = task;
  return (
    <li className="card">
      <Go to={['task', task.run, task.step]} className="card-link">
        {title}
      </Go>
      <p className="quiet">
        {phase}
        {asked !== null && ` · ${say('tasks.since', { date: date(asked) })}`}
        {saved !== null && ` · ${say('tasks.draft', { time: time(saved) })}`}
      </p>
    </li>
  );
}

function Progress({ run }: { readonly run: PortalRunView }): ReactNode {
  const { say, date } = useSession().speech;
  const { id, title, state, done, of, go_live: goLive, phases, waits } = run;
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <p className={`state ${state}`}>
        {say(
          state === 'done' ? 'progress.state.done' : state === 'ended' ? 'progress.state.ended' : `progress.${state}`,
        )}
      </p>
      <progress value={done} max={Math.max(1, of)} aria-label={say('progress.title')} />
      <p>
        {say('progress.done', { done, of })}
        {goLive !== null && ` · ${say('progress.goLive', { date: date(goLive) })}`}
      </p>
      {waits.length > 0 && (
        <>
          <h3>{say('waits.title')}</h3>
          <ul className="waits">
            {waits.map((wait) => (
              <li key={`${wait.whom}${wait.who}${wait.what}`}>{waitText(wait, say)}</li>
            ))}
          </ul>
        </>
      )}
      <h3>{say('progress.title')}</h3>
      <ol className="phases">
        {phases.map((phase) => (
          <Phase key={phase.id} phase={phase} />
        ))}
      </ol>
    </section>
  );
}

const waitText = ({ whom, who, what }: PortalWaitView, say: Speech['say']): string =>
  whom === 'you' ? say('waits.you', { what }) : say(`waits.${whom}`, { who, what });

function Phase({ phase }: { readonly phase: PortalPhaseView }): ReactNode {
  const { speech } = useSession();
  const { title, state } = phase;
  return (
    <li className={state} aria-current={state === 'now' ? 'step' : undefined}>
      <strong>{title}</strong>
      <span className="quiet">{phaseText(phase, speech)}</span>
      {phase.late && <span className="late">{speech.say('phase.late')}</span>}
    </li>
  );
}

function phaseText(
  { state, done_at: done, planned_from: from, planned_to: to }: PortalPhaseView,
  speech: Speech,
): string {
  const { say, date } = speech;
  if (state === 'done') return done === null ? say('phase.done') : say('phase.doneOn', { date: date(done) });
  if (state === 'skipped') return say('phase.skipped');
  const planned =
    to === null
      ? ''
      : state === 'now' || from === null
        ? say('phase.plannedTo', { to: date(to) })
        : say('phase.planned', { from: date(from), to: date(to) });
  return [say(`phase.${state}`), planned].filter(Boolean).join(' · ');
}

function Signatures({ signatures }: { readonly signatures: readonly PortalSignatureView[] }): ReactNode {
  const { say, time } = useSession().speech;
  return (
    <section aria-labelledby="signatures">
      <h2 id="signatures">{say('signatures.title')}</h2>
      <ul className="cards">
        {signatures.map((each) => (
          <li key={each.id} className="card">
            <strong>{each.title}</strong>
            <p>{say('signatures.by', { name: each.name, role: each.role, time: time(each.signed_at) })}</p>
            <p className="quiet">{each.statement}</p>
            <details>
              <summary>{say('sign.hash')}</summary>
              <code>{each.hash}</code>
            </details>
            {each.voided_at !== null && (
              <p className="note bad">{say('signatures.void', { time: time(each.voided_at) })}</p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
