import { useCallback, useEffect, useState } from 'react';
import { get, isFault, type PortalFault } from '../api.ts';
import { onMoved, useLive } from './live.ts';

export interface Loaded<Data> {
  readonly data: Data | undefined;
  /** What was there before a fault stays. */
  readonly fault: PortalFault | undefined;
  readonly again: () => Promise<void>;
}

/**
 * Reads an address, and again when something has moved or the reader comes back to the page. Where the stream that tells
 * of moves does not stand, every so often while they look at it; with 0 only when they come back.
 */
export function useLoad<Data>(path: string, everyMs = 0): Loaded<Data> {
  const live = useLive();
  const [state, setState] = useState<{ path: string; data?: Data; fault?: PortalFault }>({ path });
  const again = useCallback(async () => {
    try {
      const data = await get<Data>(path);
      setState({ path, data });
    } catch (error) {
      if (!isFault(error)) throw error;
      setState((before) => ({ ...(before.path === path ? before : { path }), fault: error }));
    }
  }, [path]);
  useEffect(() => {
    void again();
    const leave = everyMs === 0 ? undefined : onMoved(() => void again());
    const look = (): void => {
      if (document.visibilityState === 'visible') void again();
    };
    document.addEventListener('visibilitychange', look);
    window.addEventListener('online', look);
    return () => {
      leave?.();
      document.removeEventListener('visibilitychange', look);
      window.removeEventListener('online', look);
    };
  }, [again, everyMs]);
  useEffect(() => {
    if (everyMs === 0 || live) return undefined;
    const timer = window.setInterval(() => {
      if (document.visibilityState === 'visible') void again();
    }, everyMs);
    return () => window.clearInterval(timer);
  }, [again, everyMs, live]);
  const current = state.path === path ? state : undefined;
  return { data: current?.data, fault: current?.fault, again };
}
