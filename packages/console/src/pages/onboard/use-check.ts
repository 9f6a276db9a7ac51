import { useCallback, useEffect, useRef, useState } from 'react';
import type { CheckAnswer, CheckRequest } from './check-worker.ts';

type Faults = CheckAnswer['faults'];

export interface Checker {
  /** Reads a dropped file. */
  readonly read: (file: File) => Promise<CheckAnswer>;
  readonly check: (intake: unknown, schema: unknown) => Promise<CheckAnswer>;
}

/** One worker for as long as the page is open. */
export function useChecker(): Checker {
  const held = useRef<
    { readonly worker: Worker; readonly waiting: Map<number, (answer: CheckAnswer) => void> } | undefined
  >(undefined);
  const number = useRef(0);
  useEffect(
    () => () => {
      held.current?.worker.terminate();
      held.current = undefined;
    },
    [],
  );
  const ask = useCallback((request: Omit<CheckRequest, 'number'>): Promise<CheckAnswer> => {
    held.current ??= open();
    const { worker, waiting } = held.current;
    number.current += 1;
    const mine = number.current;
    return new Promise((resolve) => {
      waiting.set(mine, resolve);
      worker.postMessage({ number: mine, ...request } satisfies CheckRequest);
    });
  }, []);
  const read = useCallback(async (file: File) => ask({ file: { name: file.name, source: await file.text() } }), [ask]);
  const check = useCallback((intake: unknown, schema: unknown) => ask({ intake, schema }), [ask]);
  return { read, check };
}

function open(): { readonly worker: Worker; readonly waiting: Map<number, (answer: CheckAnswer) => void> } {
  const waiting = new Map<number, (answer: CheckAnswer) => void>();
  const worker = new Worker(new URL('./check-worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('message', ({ data }: MessageEvent<CheckAnswer>) => {
    waiting.get(data.number)?.(data);
    waiting.delete(data.number);
  });
  return { worker, waiting };
}

const TYPING_MS = 250;

/** Faults of what is typed, a moment after the last key; undefined until the first check has answered. */
export function useFaults(checker: Checker, intake: unknown, schema: unknown): Faults | undefined {
  const [faults, setFaults] = useState<Faults | undefined>(undefined);
  const text = JSON.stringify(intake);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text stands for the intake, which is another object at every key
  useEffect(() => {
    if (schema === undefined) return;
    let gone = false;
    const timer = setTimeout(() => {
      void checker.check(intake ?? {}, schema).then((answer) => {
        if (!gone) setFaults(answer.faults);
      });
    }, TYPING_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [text, schema, checker.check]);
  return faults;
}
