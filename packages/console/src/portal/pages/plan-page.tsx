/** What the client has, what it uses of it, and what it can ask for. */
import type { PortalLifeView, TenantWishView, Wish } from '@tenantry/contract';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { isFault, type PortalFault, post } from '../api.ts';
import { FaultNote, Go, Heading, Waiting } from '../parts/common.tsx';
import { newId } from '../parts/new-id.ts';
import { useSession } from '../parts/session.tsx';
import { en, type TextKey } from '../texts/en.ts';
import type { Speech } from '../texts/speak.ts';

export function PlanPage(): ReactNode {
  const { life, speech } = useSession();
  const { say, date } = speech;
  return (
    <>
      <Heading>{say('page.plan')}</Heading>
      {life === undefined && <Waiting />}
      {life === null && <p className="quiet">{say('plan.none')}</p>}
      {life !== null && life !== undefined && (
        <>
          <p>
            {say('plan.name', { plan: capital(life.plan) })}{' '}
            {life.plan_change !== null &&
              say('plan.change', { date: date(life.plan_change.due_at), plan: capital(life.plan_change.plan) })}
          </p>
          <Meters meters={life.meters} />
          <Included features={life.features} />
          <Wishes life={life} />
        </>
      )}
    </>
  );
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** A name of a product's plan in the reader's words, where the catalogue has it. */
function nameOf(name: string, { say }: Speech): string {
  const plain = name.replace(/_per_\d*[a-z]+$/, '');
  const key = `name.${plain}`;
  return Object.hasOwn(en, key) ? say(key as TextKey) : capital(plain.replaceAll('_', ' '));
}

type Meter = PortalLifeView['meters'][number];

const Meters = ({ meters }: { readonly meters: readonly Meter[] }): ReactNode => {
  const { speech } = useSession();
  return (
    <section aria-labelledby="usage">
      <h2 id="usage">{speech.say('plan.usage')}</h2>
      <ul className="meters">
        {meters.map((meter) => (
          <li key={meter.name}>
            <p className="name">
              <strong>{nameOf(meter.name, speech)}</strong> <span>{amountOf(meter, speech)}</span>
            </p>
            {typeof meter.limit === 'number' && meter.used !== null && (
              <progress
                value={Math.min(meter.used, meter.limit)}
                max={Math.max(1, meter.limit)}
                aria-label={nameOf(meter.name, speech)}
              />
            )}
            {meter.state === 'soft' && <p className="late">{speech.say('plan.soft')}</p>}
            {meter.state === 'reached' && <p className="fault">{speech.say('plan.reached')}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
};

const MINUTE_MS = 60_000;

function amountOf({ name, limit, used, window_ms: windowMs }: Meter, speech: Speech): string {
  const { say, size, number } = speech;
  const amount = (value: number): string => (name.endsWith('_bytes') ? size(value) : number(value));
  const allowed = limit === null ? say('plan.notSet') : limit === 'unlimited' ? say('plan.unlimited') : amount(limit);
  if (windowMs !== null) {
    const minutes = windowMs / MINUTE_MS;
    if (typeof limit !== 'number') return allowed;
    return minutes === 1
      ? say('plan.windowOne', { limit: allowed })
      : say('plan.window', { limit: allowed, minutes: number(minutes) });
  }
  if (used !== null) return say('plan.of', { used: amount(used), limit: allowed });
  return typeof limit === 'number' ? say('plan.notCounted', { limit: allowed }) : allowed;
}

function Included({ features }: { readonly features: Readonly<Record<string, boolean>> }): ReactNode {
  const { speech } = useSession();
  return (
    <section aria-labelledby="included">
      <h2 id="included">{speech.say('plan.features')}</h2>
      <ul className="included">
        {Object.entries(features).map(([name, on]) => (
          <li key={name}>
            <span>{nameOf(name, speech)}</span>
            <span className={on ? undefined : 'quiet'}>{speech.say(on ? 'plan.on' : 'plan.off')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Wishes({ life }: { readonly life: PortalLifeView }): ReactNode {
  const { say } = useSession().speech;
  if (life.wishes.length === 0 && life.may_wish.length === 0) return null;
  return (
    <section aria-labelledby="wishes">
      <h2 id="wishes">{say('wish.title')}</h2>
      <ul className="cards">
        {life.wishes.map((wish) => (
          <Asked key={wish.question} wish={wish} />
        ))}
        {life.may_wish.map((wish) => (
          <Ask key={wish} wish={wish} />
        ))}
      </ul>
    </section>
  );
}

function Asked({ wish }: { readonly wish: TenantWishView }): ReactNode {
  const { say, date } = useSession().speech;
  return (
    <li className="card">
      <strong>{say(`wish.${wish.wish}`)}</strong>
      <p>
        {say('wish.asked', { name: wish.asked_by, date: date(wish.asked_at) })}{' '}
        {wish.due_at !== null && !wish.answered && say('wish.due', { date: date(wish.due_at) })}
      </p>
      <p className="quiet">{say(wish.answered ? 'wish.answered' : 'wish.waits')}</p>
      {wish.answered && <Go to={['questions']}>{say('wish.talk')}</Go>}
    </li>
  );
}

/** Its id is made here, so that asking twice asks once. */
function Ask({ wish }: { readonly wish: Wish }): ReactNode {
  const { refreshLife, signedOut, speech } = useSession();
  const { say } = speech;
  const field = useId();
  const [id] = useState(() => newId());
  const [note, setNote] = useState('');
  const [fault, setFault] = useState<PortalFault | undefined>();
  const [sending, setSending] = useState(false);
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setFault(undefined);
    setSending(true);
    try {
      await post('/wishes', { id, wish, ...(note.trim() === '' ? {} : { note: note.trim() }) });
      await refreshLife();
    } catch (error) {
      if (!isFault(error)) throw error;
      if (!signedOut(error)) setFault(error);
    } finally {
      setSending(false);
    }
  };
  return (
    <li className="card">
      <strong>{say(`wish.${wish}`)}</strong>
      <p>{say(`wish.${wish}Text`)}</p>
      <form onSubmit={(event) => void send(event)}>
        <div className="field">
          <label htmlFor={field}>{say('wish.note')}</label>
          <textarea
            id={field}
            rows={2}
            maxLength={2_000}
            required={wish === 'plan'}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
        </div>
        {fault !== undefined && <FaultNote fault={fault} />}
        <button type="submit" className="press" disabled={sending}>
          {say('wish.send', { what: say(`wish.${wish}`) })}
        </button>
      </form>
    </li>
  );
}
