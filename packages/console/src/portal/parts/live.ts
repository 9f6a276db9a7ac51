/** The stream of the portal: it says that something has moved, and whoever shows something reads it again. */
import { useEffect, useSyncExternalStore } from 'react';

/** What comes within this time is one look. */
const GATHER_MS = 150;
/** After a refusal a browser does not come back by itself. */
const TRY_AGAIN_MS = 15_000;

const readers = new Set<() => void>();
const watchers = new Set<() => void>();
let live = false;

function setLive(now: boolean): void {
  if (live === now) return;
  live = now;
  for (const tell of watchers) tell();
}

const readAll = (): void => {
  for (const read of readers) read();
};

/** Once for the whole page, while somebody is signed in. */
export function useStream(): void {
  useEffect(() => {
    let source: EventSource | undefined;
    let gathering: number | undefined;
    let later: number | undefined;
    const look = (): void => {
      gathering = undefined;
      readAll();
    };
    const open = (): void => {
      source = new EventSource(new URL('api/events', document.baseURI));
      source.addEventListener('open', () => setLive(true));
      source.addEventListener('moved', () => {
        gathering ??= window.setTimeout(look, GATHER_MS);
      });
      source.addEventListener('error', () => {
        setLive(false);
        // Refused, perhaps because the link was taken back: the next look says so.
        if (source?.readyState !== EventSource.CLOSED) return;
        readAll();
        later = window.setTimeout(open, TRY_AGAIN_MS);
      });
    };
    open();
    return () => {
      window.clearTimeout(gathering);
      window.clearTimeout(later);
      source?.close();
      setLive(false);
    };
  }, []);
}

/** Calls back whenever something may have moved. */
export function onMoved(read: () => void): () => void {
  readers.add(read);
  return () => readers.delete(read);
}

/** Whether the stream stands; without it a page looks by itself now and then. */
export const useLive = (): boolean =>
  useSyncExternalStore(
    (tell) => {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    () => live,
  );
