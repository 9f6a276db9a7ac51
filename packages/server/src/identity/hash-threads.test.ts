import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { hashFunctions } from './hash-functions.ts';
import { type HashThreads, openHashThreads } from './hash-threads.ts';

const opened: HashThreads[] = [];
const open = (count: number): HashThreads => {
  const threads = openHashThreads({ count });
  opened.push(threads);
  return threads;
};

afterEach(async () => {
  await Promise.all(opened.splice(0).map((threads) => threads.close()));
});

/** Of the threads of this process that stand behind it; where the system keeps no priority for a thread there are none. */
function threadsBehind(): number {
  if (process.platform !== 'linux') return 0;
  const niceness = readdirSync('/proc/self/task').map((thread) => {
    const fields = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return Number(fields[16]);
  });
  return niceness.filter((one) => one > getPriority()).length;
}

describe('hashing in threads', () => {
  it('makes and reads the hashes that are made without them', async () => {
    const threads = open(1);
    for (const [one, other] of [
      [threads, hashFunctions],
      [hashFunctions, threads],
    ] as const) {
      const argon2 = await one.argon2('a password');
      expect(argon2).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      expect(await other.argon2Matches(argon2, 'a password')).toBe(true);
      expect(await other.argon2Matches(argon2, 'another')).toBe(false);
      const bcrypt = await one.bcrypt('a password', 4);
      expect(bcrypt).toMatch(/^\$2[aby]\$04\$/);
      expect(await other.bcryptMatches(bcrypt, Buffer.from('a password'))).toBe(true);
      expect(await other.bcryptMatches(bcrypt, Buffer.from('another'))).toBe(false);
    }
  });

  it('finds that a hash which cannot be read matches nothing', async () => {
    const threads = open(1);
    expect(await threads.argon2Matches('$argon2id$nonsense', 'x')).toBe(false);
    expect(await threads.bcryptMatches('$2b$nonsense', Buffer.from('x'))).toBe(false);
  });

  it('starts as many as it was told and no more, each behind everything else where the system can', async () => {
    const threads = open(2);
    const before = threadsBehind();
    await Promise.all(['a', 'b', 'c', 'd'].map((text) => threads.argon2(text)));
    expect(threadsBehind() - before).toBe(process.platform === 'linux' ? 2 : 0);
  });

  it('rejects what a thread had in hand when it died, and goes on with another', async () => {
    const threads = open(1);
    // No such cost: the library throws, and nothing in the thread catches it.
    const dying = threads.bcrypt('x', 99);
    const behind = threads.argon2('queued behind it');
    await expect(dying).rejects.toMatchObject({ code: 'internal.bug' });
    await expect(behind).rejects.toMatchObject({ code: 'internal.bug' });
    expect(await threads.argon2('next')).toMatch(/^\$argon2id\$/);
  });

  it('rejects what is in hand when it is closed, and what comes later', async () => {
    const threads = open(1);
    const inHand = expect(threads.argon2('x')).rejects.toMatchObject({ code: 'internal.bug' });
    await threads.close();
    await inHand;
    await expect(threads.argon2('y')).rejects.toMatchObject({ code: 'internal.bug' });
  });
});
