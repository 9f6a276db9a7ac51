import { Worker } from 'node:worker_threads';
import { bug } from '@tenantry/contract';
import { ARGON2_COST, type HashFunctions } from './hash-functions.ts';

export interface HashThreads extends HashFunctions {
  /** Ends them; what is being hashed is rejected. */
  close(): Promise<void>;
}

const PROGRAM = new URL('./assets/hash-thread.js', import.meta.url);

interface Job {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly jobs: Map<number, Job>;
}

/**
 * Threads of their own for hashing, started when they are needed. On Linux they stand behind everything else that
 * wants a processor, so they may be as many as there are processors. A thread that dies rejects what it had in hand;
 * the next hash starts another.
 */
export function openHashThreads({ count }: { readonly count: number }): HashThreads {
  const threads = new Set<Thread>();
  let jobsMade = 0;
  let closed = false;

  const start = (): Thread => {
    // The options of the process are not for these: a profiler, a loader.
    const worker = new Worker(PROGRAM, { name: 'password hashing', execArgv: [], workerData: ARGON2_COST });
    const thread: Thread = { worker, jobs: new Map() };
    const lose = (cause?: unknown): void => {
      threads.delete(thread);
      for (const { reject } of thread.jobs.values()) reject(bug('A thread that hashed a password ended.', { cause }));
      thread.jobs.clear();
    };
    worker.on('message', ({ id, value }: { readonly id: number; readonly value: never }) => {
      thread.jobs.get(id)?.resolve(value);
      thread.jobs.delete(id);
      // A thread with nothing to do does not keep the process alive.
      if (thread.jobs.size === 0) worker.unref();
    });
    worker.once('error', lose);
    worker.once('exit', () => lose());
    threads.add(thread);
    return thread;
  };

  const choose = (): Thread => {
    const [leastBusy] = [...threads].sort((one, other) => one.jobs.size - other.jobs.size);
    const isEnough = leastBusy !== undefined && (leastBusy.jobs.size === 0 || threads.size >= count);
    return isEnough ? leastBusy : start();
  };

  const run = <Value>(name: keyof HashFunctions, ...args: readonly unknown[]): Promise<Value> =>
    new Promise((resolve, reject) => {
      if (closed) throw bug('A password was to be hashed after the threads had been closed.');
      const { worker, jobs } = choose();
      jobsMade += 1;
      jobs.set(jobsMade, { resolve, reject });
      worker.ref();
      worker.postMessage({ id: jobsMade, name, args });
    });

  return {
    argon2: (text) => run('argon2', text),
    argon2Matches: (hashed, text) => run('argon2Matches', hashed, text),
    bcrypt: (text, cost) => run('bcrypt', text, cost),
    bcryptMatches: (hashed, bytes) => run('bcryptMatches', hashed, bytes),
    close: async () => {
      closed = true;
      await Promise.all([...threads].map(({ worker }) => worker.terminate()));
    },
  };
}
