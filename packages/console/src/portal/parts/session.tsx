import type { PortalLifeView, PortalOverviewView } from '@tenantry/contract';
import { createContext, useContext } from 'react';
import type { PortalFault } from '../api.ts';
import type { Speech } from '../texts/speak.ts';

/** What every page of the portal knows. */
export interface Session {
  readonly speech: Speech;
  readonly overview: PortalOverviewView;
  /** Where the tenant stands; undefined while it is not known, null before there is one. */
  readonly life: PortalLifeView | null | undefined;
  readonly refreshLife: () => Promise<void>;
  /** Reads the overview anew, after something was done. */
  readonly refresh: () => Promise<void>;
  /** A fault that says the session is over leads to the page for a new link; true when it was one. */
  readonly signedOut: (fault: PortalFault) => boolean;
}

const SessionContext = createContext<Session | undefined>(undefined);
export const SessionProvider = SessionContext.Provider;

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('A page of the portal stands outside its session.');
  return session;
}

const SpeechContext = createContext<Speech | undefined>(undefined);
export const SpeechProvider = SpeechContext.Provider;

export function useSpeech(): Speech {
  const speech = useContext(SpeechContext);
  if (speech === undefined) throw new Error('A part of the portal stands outside its language.');
  return speech;
}
