import { type ReactNode, useEffect } from 'react';
import { Heading } from '../parts/common.tsx';
import { useSpeech } from '../parts/session.tsx';

const LOOK_AGAIN_MS = 5_000;

/** Loaded without a connection: nothing is shown that may be old, and the page goes on by itself. */
export function OfflinePage({ onAgain }: { readonly onAgain: () => Promise<void> }): ReactNode {
  const { say } = useSpeech();
  useEffect(() => {
    const timer = window.setInterval(() => void onAgain(), LOOK_AGAIN_MS);
    return () => window.clearInterval(timer);
  }, [onAgain]);
  return (
    <>
      <Heading>{say('offline.title')}</Heading>
      <p>{say('offline.text')}</p>
      <button type="button" className="plain" onClick={() => void onAgain()}>
        {say('fault.again')}
      </button>
    </>
  );
}
