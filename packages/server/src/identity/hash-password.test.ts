import { expect, it } from 'vitest';
import { Secret } from '../connectors/kit/index.ts';
import { hashFunctions } from './hash-functions.ts';
import { createPasswordHasher } from './hash-password.ts';

const PASSWORD = new Secret('correct horse battery staple');

it('says that there is no room before anything was done in vain, and when there is some again', async () => {
  const hasher = createPasswordHasher({ concurrency: 1, queueMax: 1 });
  const hashes = [hasher.hash(PASSWORD)];
  expect(() => hasher.assertRoom()).not.toThrow();
  hashes.push(hasher.hash(PASSWORD));
  expect(() => hasher.assertRoom()).toThrow(expect.objectContaining({ code: 'identity.busy' }));
  await expect(hasher.hash(PASSWORD)).rejects.toMatchObject({ code: 'identity.busy', retry: { afterMs: 2_000 } });
  await Promise.all(hashes);
  expect(() => hasher.assertRoom()).not.toThrow();
});

it('what stops a check is told, never taken for a wrong password, and the next check works', async () => {
  let dead = true;
  const whileAlive = async <T>(work: () => Promise<T>): Promise<T> => {
    if (dead) throw new Error('the thread ended');
    return work();
  };
  const functions = {
    ...hashFunctions,
    argon2: (text: string) => whileAlive(() => hashFunctions.argon2(text)),
    argon2Matches: (hashed: string, text: string) => whileAlive(() => hashFunctions.argon2Matches(hashed, text)),
  };
  const hasher = createPasswordHasher({ functions });
  const hashed = await hashFunctions.argon2(PASSWORD.reveal());
  const check = (of: string | null) => hasher.matches({ hashed: of, password: PASSWORD, importedCost: undefined });
  await expect(check(hashed)).rejects.toThrow('the thread ended');
  await expect(check(null)).rejects.toThrow('the thread ended');
  dead = false;
  expect(await check(hashed)).toBe(true);
  expect(await check(null)).toBe(false);
});
