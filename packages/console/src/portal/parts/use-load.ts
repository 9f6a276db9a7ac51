import { useCallback, useEffect, useState } from 'react';
import { get, isFault, type PortalFault } from '../api.ts';

export interface Loaded<Data> {
  readonly data: Data | undefined;
  /** What was there before a fault stays. */
  readonly fault: PortalFault | undefined;
  readonly again: () => Promise<void>;
}

/** Reads an address, again when the reader comes back to the page, and every so often while they look at it. */
export function useLoad<Data>(path: string, everyMs = 0): Loaded<Data> {
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
    const look = (): void => {
      if (document.visibilityState === 'visible') void again();
    };
    document.addEventListener('visibilitychange', look);
    window.addEventListener('online', look);
    const timer = everyMs === 0 ? undefined : window.setInterval(look, everyMs);
    return () => {
      document.removeEventListener('visibilitychange', look);
      window.removeEventListener('online', look);
      window.clearInterval(timer);
    };
  }, [again, everyMs]);
  const current = state.path === path ? state : undefined;
  return { data: current?.data, fault: current?.fault, again };
}
