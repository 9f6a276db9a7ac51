/**
 * What somebody has typed and not sent: it survives a reload, a day without connection and a second tab. It stays on
 * this device, and what is marked secret is never among it.
 */
import { useCallback, useEffect, useSyncExternalStore } from 'react';

const PREFIX = 'tenantry.draft.';
const KEPT_FOR_MS = 30 * 86_400_000;

interface Kept<Value> {
  readonly at: number;
  /** Of what it was typed on sight of: another one means that the question has changed meanwhile. */
  readonly basis: string;
  readonly value: Value;
}

export interface Draft<Value> {
  readonly value: Value;
  readonly set: (value: Value) => void;
  readonly clear: () => void;
  /** Typed when the question was another one. */
  readonly isStale: boolean;
  /** What was typed before is right for the question as it is now. */
  readonly keep: () => void;
}

const listeners = new Set<() => void>();
const tell = (): void => {
  for (const listener of listeners) listener();
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  // Of another tab: the browser tells this one.
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}

/** A browser that forbids storage still has a form that works, for as long as the page is open. */
const memory = new Map<string, string>();

function readText(key: string): string | null {
  try {
    return localStorage.getItem(key) ?? memory.get(key) ?? null;
  } catch {
    return memory.get(key) ?? null;
  }
}

function writeText(key: string, text: string | undefined): void {
  memory.delete(key);
  try {
    if (text === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    if (text !== undefined) memory.set(key, text);
  }
  tell();
}

export function useDraft<Value>(name: string, initial: Value, basis = ''): Draft<Value> {
  const key = `${PREFIX}${name}`;
  const text = useSyncExternalStore(subscribe, () => readText(key));
  const kept = text === null ? undefined : parse<Value>(text);
  const set = useCallback(
    (value: Value) => writeText(key, JSON.stringify({ at: Date.now(), basis, value } satisfies Kept<Value>)),
    [key, basis],
  );
  const clear = useCallback(() => writeText(key, undefined), [key]);
  const value = kept?.value ?? initial;
  return { value, set, clear, isStale: kept !== undefined && kept.basis !== basis, keep: () => set(value) };
}

function parse<Value>(text: string): Kept<Value> | undefined {
  try {
    return JSON.parse(text) as Kept<Value>;
  } catch {
    return undefined;
  }
}

/** Once for each page: what was typed a month ago and never sent goes. */
export function useDraftSweep(): void {
  useEffect(() => {
    try {
      for (const key of Object.keys(localStorage).filter((each) => each.startsWith(PREFIX))) {
        const kept = parse<unknown>(localStorage.getItem(key) ?? '');
        if (kept === undefined || kept.at < Date.now() - KEPT_FOR_MS) localStorage.removeItem(key);
      }
    } catch {
      // Forbidden storage holds nothing to sweep.
    }
  }, []);
}
