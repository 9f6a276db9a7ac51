import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret, type SecretRef } from '../connectors/kit/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import {
  createKeyring,
  openSecret,
  resealEntries,
  rotateDataKey,
  rotateMasterKey,
  sealSecret,
  shredTenantKeys,
} from './index.ts';
import { makeKey, personWith, vaultHarness } from './testing/fixtures.ts';
import type { VaultCtx } from './types.ts';

const { database, asSuperuser } = await cloneDatabase();
const [first, second] = [makeKey(), makeKey()];
const before = createKeyring({ current: 'k1', keys: { k1: first } });
const during = createKeyring({ current: 'k2', keys: { k1: first, k2: second } });
const after = createKeyring({ current: 'k2', keys: { k2: second } });
const vault = vaultHarness(database, before);

const seal = (tenantId: string | null, text: string, keyring = before): Promise<SecretRef> =>
  vault
    .as((ctx) => sealSecret(ctx, { tenantId, label: 'l', secret: new Secret(text), owner: { kind: 'run', id: 'r' } }), {
      keyring,
    })
    .then(({ ref }) => ref);
const open = (ref: SecretRef, keyring = before): Promise<string> =>
  vault.as((ctx) => openSecret(ctx, ref, { purpose: 'a test' }), { keyring }).then((secret) => secret.reveal());

const livingKeys = (tenantId: string) =>
  asSuperuser<{ version: number }>(
    'select version from tenantry.vault_data_keys where tenant_id = $1 and wrapped is not null order by version',
    [tenantId],
  ).then((rows) => rows.map((row) => row.version));

describe('a new master key', () => {
  it('takes over in batches, goes on after an interruption, and then the old one is not needed', async () => {
    const tenants = Array.from({ length: 5 }, () => randomUUID());
    const refs: SecretRef[] = [];
    for (const tenantId of tenants) refs.push(await seal(tenantId, tenantId));

    await expect(open(refs[0] as SecretRef, after)).rejects.toMatchObject({ code: 'vault.key_missing' });
    const rotate = (batch: number) => vault.as((ctx) => rotateMasterKey(ctx, { batch }), { keyring: during });
    expect(await rotate(2)).toEqual({ rewrapped: 2, remaining: 3 });
    const interrupted = vault.as(
      async (ctx) => {
        await rotateMasterKey(ctx, { batch: 2 });
        throw new Error('killed');
      },
      { keyring: during },
    );
    await expect(interrupted).rejects.toThrow('killed');
    for (const [index, ref] of refs.entries()) expect(await open(ref, during)).toBe(tenants[index]);
    expect(await rotate(10)).toEqual({ rewrapped: 3, remaining: 0 });
    expect(await rotate(10)).toEqual({ rewrapped: 0, remaining: 0 });
    for (const [index, ref] of refs.entries()) expect(await open(ref, after)).toBe(tenants[index]);
    await vault.as((ctx) => rotateMasterKey(ctx), {
      keyring: createKeyring({ current: 'k1', keys: { k1: first, k2: second } }),
    });
  });

  it('is for those who may handle keys', async () => {
    const actor = personWith('vault:reveal');
    const verbs: readonly ((ctx: VaultCtx) => Promise<unknown>)[] = [
      (ctx) => rotateMasterKey(ctx),
      (ctx) => rotateDataKey(ctx, null),
      (ctx) => resealEntries(ctx, { tenantId: null }),
      (ctx) => shredTenantKeys(ctx, { tenantId: randomUUID(), reason: 'x' }),
    ];
    for (const verb of verbs) {
      await expect(vault.as(verb, { actor })).rejects.toMatchObject({ code: 'access.forbidden' });
    }
  });
});

describe('a new data key', () => {
  it('seals what is new; what is old stays readable, moves over in batches, and then the old key is destroyed', async () => {
    const tenantId = randomUUID();
    const old = [await seal(tenantId, 'a'), await seal(tenantId, 'b'), await seal(tenantId, 'c')];
    expect(await vault.as((ctx) => rotateDataKey(ctx, tenantId))).toEqual({ version: 2 });
    const fresh = await seal(tenantId, 'd');
    const readAll = () => Promise.all([...old, fresh].map((ref) => open(ref)));
    expect(await readAll()).toEqual(['a', 'b', 'c', 'd']);

    const reseal = (batch: number) => vault.as((ctx) => resealEntries(ctx, { tenantId, batch }));
    expect(await reseal(2)).toEqual({ resealed: 2, remaining: 1 });
    expect(await livingKeys(tenantId)).toEqual([1, 2]);
    expect(await readAll()).toEqual(['a', 'b', 'c', 'd']);
    expect(await reseal(2)).toEqual({ resealed: 1, remaining: 0 });
    expect(await livingKeys(tenantId)).toEqual([2]);
    expect(await readAll()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('rotated by two at once goes up by one version or two, never breaks, and loses nothing', async () => {
    const tenantId = randomUUID();
    const ref = await seal(tenantId, 'kept');
    await Promise.all([1, 2].map(() => vault.as((ctx) => rotateDataKey(ctx, tenantId))));
    expect(await open(ref)).toBe('kept');
    const after = await seal(tenantId, 'later');
    expect(await open(after)).toBe('later');
  });

  it('a secret being sealed while the retired key is destroyed is not lost', async () => {
    const tenantId = randomUUID();
    await seal(tenantId, 'old');
    // The sealing transaction has stored its entry under version 1 and has not committed yet.
    const { promise: mayCommit, resolve: commit } = deferred<void>();
    const { promise: stored, resolve: didStore } = deferred<SecretRef>();
    const sealing = vault.as(async (ctx) => {
      const { ref } = await sealSecret(ctx, {
        tenantId,
        label: 'l',
        secret: new Secret('in flight'),
        owner: { kind: 'run', id: 'r' },
      });
      didStore(ref);
      await mayCommit;
    });
    const ref = await stored;
    const rotating = vault
      .as((ctx) => rotateDataKey(ctx, tenantId))
      .then(() => vault.as((ctx) => resealEntries(ctx, { tenantId })));
    commit();
    await Promise.all([sealing, rotating]);
    expect(await open(ref)).toBe('in flight');
  });
});

describe('destroying the keys of a tenant', () => {
  it('makes its entries unreadable for good and says so, and leaves other tenants alone', async () => {
    const [gone, kept] = [randomUUID(), randomUUID()];
    const lost = await seal(gone, 'lost');
    const safe = await seal(kept, 'safe');
    await vault.as((ctx) => rotateDataKey(ctx, gone));
    expect(await vault.as((ctx) => shredTenantKeys(ctx, { tenantId: gone, reason: 'erasure' }))).toBe(2);
    expect(await vault.as((ctx) => shredTenantKeys(ctx, { tenantId: gone, reason: 'erasure' }))).toBe(0);
    await expect(open(lost)).rejects.toMatchObject({
      code: 'vault.unreadable',
      message: expect.stringContaining('destroyed at 2026-11-20T09:00:00.000Z'),
    });
    expect(await open(safe)).toBe('safe');
    expect(await livingKeys(gone)).toEqual([]);
  });

  it('makes no new key for it, whether or not it ever had one', async () => {
    const [had, never] = [randomUUID(), randomUUID()];
    await seal(had, 'x');
    for (const tenantId of [had, never]) {
      await vault.as((ctx) => shredTenantKeys(ctx, { tenantId, reason: 'erasure' }));
      await expect(seal(tenantId, 'again')).rejects.toMatchObject({ code: 'vault.unreadable' });
    }
  });
});

it('a rotation and the destruction of keys at the same moment leave no living key', async () => {
  for (let round = 0; round < 10; round++) {
    const tenantId = randomUUID();
    await seal(tenantId, 'x');
    const [shred] = await Promise.allSettled([
      vault.as((ctx) => shredTenantKeys(ctx, { tenantId, reason: 'erasure' })),
      vault.as((ctx) => rotateDataKey(ctx, tenantId)),
      vault.as((ctx) => rotateDataKey(ctx, tenantId)),
    ]);
    expect(shred.status).toBe('fulfilled');
    expect(await livingKeys(tenantId)).toEqual([]);
  }
});

it('a rotation that waits for the destruction of its key makes no other', async () => {
  const tenantId = randomUUID();
  await seal(tenantId, 'x');
  const shredded = deferred<void>();
  const mayCommit = deferred<void>();
  const shredding = vault.as(async (ctx) => {
    await shredTenantKeys(ctx, { tenantId, reason: 'erasure' });
    shredded.resolve();
    await mayCommit.promise;
  });
  await shredded.promise;
  const rotating = vault.as((ctx) => rotateDataKey(ctx, tenantId)).catch((error: unknown) => error);
  mayCommit.resolve();
  await shredding;
  expect(await rotating).toMatchObject({ code: 'vault.unreadable' });
  expect(await livingKeys(tenantId)).toEqual([]);
});

/** Promise.withResolvers, which Node 20 lacks. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
