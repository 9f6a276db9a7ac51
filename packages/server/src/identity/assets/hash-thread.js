// A thread that hashes passwords and does nothing else, one at a time. It works below the priority of its process, so
// that whatever waits for a processor (a request, PostgreSQL) gets one before a hash does.

import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { hashSync as argon2, verifySync as argon2Matches } from '@node-rs/argon2';
import { hashSync as bcrypt, compareSync as bcryptMatches } from '@node-rs/bcrypt';

/** So far behind the process, of 19 at most: ahead of what is merely left over. */
const STEPS_BACK = 10;
const LAST = 19;

/** Elsewhere a priority belongs to the whole process, and is left alone. */
function stepBack() {
  if (process.platform !== 'linux') return;
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, Math.min(LAST, getPriority(thread) + STEPS_BACK));
  } catch {
    // Where /proc is closed the thread hashes at the priority it has.
  }
}

/** A hash that cannot be read opens nothing. */
function matches(check) {
  try {
    return check();
  } catch {
    return false;
  }
}

const FUNCTIONS = {
  argon2: (text) => argon2(text, workerData),
  argon2Matches: (hashed, text) => matches(() => argon2Matches(hashed, text, workerData)),
  bcrypt: (text, cost) => bcrypt(text, { cost }),
  bcryptMatches: (hashed, bytes) => matches(() => bcryptMatches(bytes, hashed)),
};

stepBack();
parentPort.on('message', ({ id, name, args }) => parentPort.postMessage({ id, value: FUNCTIONS[name](...args) }));
