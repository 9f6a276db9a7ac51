import { type ReactNode, useEffect, useRef } from 'react';
import type { PortalFault } from '../api.ts';
import type { TextKey } from '../texts/en.ts';
import type { Speech } from '../texts/speak.ts';
import { addressOf, go, type Place } from './route.ts';
import { useSpeech } from './session.tsx';

/** A link within the portal: an address like any other, without loading the page anew. */
export function Go({
  to,
  children,
  className,
  current,
}: {
  readonly to: Place;
  readonly children: ReactNode;
  readonly className?: string;
  readonly current?: boolean;
}): ReactNode {
  return (
    <a
      href={addressOf(to)}
      className={className}
      aria-current={current === true ? 'page' : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}

/** The heading of a page, which the reader is led to when the page changes. */
export function Heading({ children }: { readonly children: string }): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = children;
    heading.current?.focus({ preventScroll: true });
  }, [children]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

const TEXTS: Readonly<Record<string, TextKey>> = {
  'run.wrong_state': 'fault.changed',
  'run.conflict': 'fault.changed',
  'run.content_changed': 'fault.changed',
  'run.not_found': 'fault.gone',
  'run.step_not_found': 'fault.gone',
  'portal.not_found': 'fault.gone',
  'portal.file_refused': 'fault.file',
  'request.too_large': 'fault.file',
  'request.invalid': 'fault.invalid',
};

/** What happened and what to do next: the server's own words are English, and other readers get those of the catalogue. */
export function faultWords(fault: PortalFault, { say, language }: Speech): string {
  if (fault.status === 0) return say('fault.offline');
  if (fault.status === 429) return say('fault.throttled');
  const key = TEXTS[fault.code];
  return language === 'en' || key === undefined ? `${fault.message} ${fault.next ?? ''}` : say(key);
}

/** What happened and what to do next, in the server's words where the catalogue has none. */
export function FaultNote({
  fault,
  onAgain,
}: {
  readonly fault: PortalFault;
  readonly onAgain?: (() => void) | undefined;
}): ReactNode {
  const speech = useSpeech();
  const { say } = speech;
  return (
    <div className="note bad" role="alert">
      <strong>{say('fault.title')}</strong>
      <p>{faultWords(fault, speech)}</p>
      {onAgain !== undefined && (
        <button type="button" className="plain" onClick={onAgain}>
          {say('fault.again')}
        </button>
      )}
    </div>
  );
}

export function Waiting(): ReactNode {
  const { say } = useSpeech();
  return (
    <p className="quiet" role="status">
      {say('page.loading')}
    </p>
  );
}
