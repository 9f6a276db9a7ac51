import { useSyncExternalStore } from 'react';

/** Where the reader is, below the page's own address: `['task', RUN, STEP]`, `['documents']`, `[]`. */
export type Place = readonly string[];

const MOVED = 'tenantry-portal-moved';

const basePath = (): string => new URL(document.baseURI).pathname;

const pathNow = (): string => window.location.pathname;

export const placeOf = (path: string, base: string): Place =>
  path
    .slice(path.startsWith(base) ? base.length : 0)
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  window.addEventListener(MOVED, listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener(MOVED, listener);
  };
}

export const usePlace = (): Place => placeOf(useSyncExternalStore(subscribe, pathNow), basePath());

export const addressOf = (place: Place): string => `${basePath()}${place.map(encodeURIComponent).join('/')}`;

export function go(place: Place): void {
  window.history.pushState(null, '', addressOf(place));
  window.dispatchEvent(new Event(MOVED));
  window.scrollTo(0, 0);
}
