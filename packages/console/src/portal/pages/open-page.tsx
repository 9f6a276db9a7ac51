/** Where a link leads: a button, so that a mail scanner that follows links spends nothing. */
import { type FormEvent, type ReactNode, useState } from 'react';
import { isFault, type PortalFault, post } from '../api.ts';
import { FaultNote, Heading } from '../parts/common.tsx';
import { addressOf } from '../parts/route.ts';
import { useSpeech } from '../parts/session.tsx';

export function OpenPage({ token, onOpen }: { readonly token: string; readonly onOpen: () => void }): ReactNode {
  const { say } = useSpeech();
  const [fault, setFault] = useState<PortalFault | undefined>();
  const [busy, setBusy] = useState(false);
  const open = async (): Promise<void> => {
    setBusy(true);
    setFault(undefined);
    try {
      await post('/open', { token });
      // The token leaves the address, so that nobody reads it over a shoulder or from the history.
      window.history.replaceState(null, '', addressOf([]));
      onOpen();
    } catch (error) {
      if (!isFault(error)) throw error;
      setFault(error);
    } finally {
      setBusy(false);
    }
  };
  if (fault?.code === 'portal.link_refused') return <Refused token={token} />;
  return (
    <>
      <Heading>{say('open.title')}</Heading>
      <p>{say('open.text')}</p>
      {fault !== undefined && <FaultNote fault={fault} />}
      <button type="button" className="press" disabled={busy} onClick={() => void open()}>
        {say('open.button')}
      </button>
    </>
  );
}

/** The same for forged, used, expired and revoked. */
function Refused({ token }: { readonly token: string }): ReactNode {
  const { say } = useSpeech();
  return (
    <>
      <Heading>{say('open.refusedTitle')}</Heading>
      <p>{say('open.refusedText')}</p>
      <AskForLink token={token} />
    </>
  );
}

export function SignedOutPage({ byChoice }: { readonly byChoice: boolean }): ReactNode {
  const { say } = useSpeech();
  return (
    <>
      <Heading>{say('open.outTitle')}</Heading>
      <p>{byChoice ? say('open.out') : say('open.outText')}</p>
      <AskForLink />
    </>
  );
}

/** By the old link where there is one; somebody without it gives their address. The answer tells nothing about either. */
function AskForLink({ token }: { readonly token?: string }): ReactNode {
  const { say } = useSpeech();
  const [state, setState] = useState<'asking' | 'busy' | 'asked'>('asking');
  const [email, setEmail] = useState('');
  const [fault, setFault] = useState<PortalFault | undefined>();
  const ask = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setState('busy');
    setFault(undefined);
    try {
      await post('/ask-for-link', token === undefined ? { email } : { token });
      setState('asked');
    } catch (error) {
      if (!isFault(error)) throw error;
      setFault(error);
      setState('asking');
    }
  };
  if (state === 'asked') {
    return (
      <p className="note good" role="status">
        {say('open.asked')}
      </p>
    );
  }
  return (
    <form onSubmit={(event) => void ask(event)}>
      {fault !== undefined && <FaultNote fault={fault} />}
      {token === undefined && (
        <div className="field">
          <label htmlFor="email">{say('open.email')}</label>
          <input
            id="email"
            type="email"
            autoComplete="email"
            required
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </div>
      )}
      <button type="submit" className="press" disabled={state === 'busy'}>
        {say('open.ask')}
      </button>
    </form>
  );
}
