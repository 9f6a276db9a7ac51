/** People who log in, each to an account nobody else has in hand, so that what holds guessers up holds none of them. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { PASSWORD } from './server.mjs';

/** @typedef {import('./client.mjs').Client} Client */
/** @typedef {import('./server.mjs').Account} Account */
/** @typedef {ReturnType<typeof startStorm>} Storm */

const [OK, WRONG, BUSY] = [200, 401, 503];

/**
 * One attempt. Any answer but the one the password deserves, or that the server is busy, ends the bench: a log-in that
 * was refused early would pass for a fast one.
 *
 * @param {Client} client
 * @param {Account} account
 * @param {boolean} right
 */
async function attempt(client, { tenant, email, address }, right) {
  const answer = await client.ask('POST', '/api/auth/login', {
    headers: { 'x-forwarded-for': address },
    body: { tenant, email, password: right ? PASSWORD : `${PASSWORD}, almost` },
  });
  if (answer.status !== (right ? OK : WRONG) && answer.status !== BUSY) {
    throw new Error(`a ${right ? 'right' : 'wrong'} password was answered with ${answer.status}`);
  }
  return answer;
}

/**
 * A log-in with the right password, to the account whose turn it is.
 *
 * @param {Client} client
 * @param {readonly Account[]} accounts
 * @param {number} turn
 */
export async function logIn(client, accounts, turn) {
  const { status } = await attempt(client, at(accounts, turn), true);
  if (status === BUSY) throw new Error('the server was busy with fewer log-ins than may wait');
}

/** @typedef {{ account: Account, right: boolean }} Person `right`: whether the next password will be */

/**
 * Every second of them begins with a wrong password.
 *
 * @param {readonly Account[]} accounts
 * @returns {Person[]}
 */
export const peopleOf = (accounts) => accounts.map((account, place) => ({ account, right: place % 2 === 0 }));

/**
 * People who log in again and again until stopped, with a right and a wrong password by turns: from storm to storm as
 * well, or the wrong ones would add up to a delay. Who is told that the server is busy comes back with the same
 * password, when it said.
 *
 * @param {Client} client
 * @param {readonly Person[]} people
 */
export function startStorm(client, people) {
  const answers = { accepted: 0, refused: 0, busy: 0 };
  const stopped = new AbortController();
  setMaxListeners(people.length, stopped.signal);
  const { promise: underWay, resolve: begin, reject: fail } = withResolvers();
  const one = async (/** @type {Person} */ person) => {
    while (!stopped.signal.aborted) {
      const { status, retryAfterMs } = await attempt(client, person.account, person.right);
      if (status === BUSY) {
        answers.busy += 1;
        await sleep(retryAfterMs, undefined, { signal: stopped.signal }).catch(() => undefined);
        continue;
      }
      answers[person.right ? 'accepted' : 'refused'] += 1;
      person.right = !person.right;
      begin();
    }
  };
  const all = Promise.all(people.map(one));
  all.catch(fail);
  return {
    /** So far. */
    answers,
    /** Resolves with the first log-in that was checked. */
    underWay,
    /** Those under way are waited for. */
    async stop() {
      stopped.abort();
      await all;
    },
  };
}

/**
 * @param {readonly Account[]} accounts
 * @param {number} turn
 */
const at = (accounts, turn) => /** @type {Account} */ (accounts[turn % accounts.length]);

/** `Promise.withResolvers`, which Node 20 lacks. */
function withResolvers() {
  /** @type {() => void} */
  let resolve = () => undefined;
  /** @type {(error: unknown) => void} */
  let reject = () => undefined;
  /** @type {Promise<void>} */
  const promise = new Promise((done, failed) => {
    [resolve, reject] = [done, failed];
  });
  return { promise, resolve, reject };
}
