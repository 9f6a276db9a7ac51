import { expect, it } from 'vitest';
import { recordAudit, sealAudit, signCheckpoint, verifyAudit } from '../audit/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { createKeyring, loadCheckpointSigner, rotateMasterKey } from './index.ts';
import { makeKey, NOW, vaultHarness } from './testing/fixtures.ts';

const { database } = await cloneDatabase();
const [first, second] = [makeKey(), makeKey()];
const vault = vaultHarness(database, createKeyring({ current: 'k1', keys: { k1: first } }));

it('checkpoints are signed with one key, from every process and after a new master key, and verify with it', async () => {
  const signers = await Promise.all([1, 2, 3].map(() => vault.as(loadCheckpointSigner)));
  const both = createKeyring({ current: 'k2', keys: { k1: first, k2: second } });
  await vault.as((ctx) => rotateMasterKey(ctx), { keyring: both });
  const later = await vault.as(loadCheckpointSigner, {
    keyring: createKeyring({ current: 'k2', keys: { k2: second } }),
  });
  expect(new Set([...signers, later].map((signer) => signer.publicKey)).size).toBe(1);

  await vault.as((ctx) => recordAudit(ctx, { action: 'thing.made', subject: { kind: 'thing', id: '1' } }));
  await sealAudit(database);
  const checkpoint = await signCheckpoint(database, later, { now: NOW });
  expect(checkpoint?.keyId).toBe(later.keyId);
  expect(await verifyAudit(database, { publicKeys: [later.publicKey] })).toMatchObject({ ok: true });
});
