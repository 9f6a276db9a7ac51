import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { Secret } from '../connectors/kit/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { findSecretsIn, sealSecret } from './index.ts';
import { later, makeKeyring, personWith, vaultHarness } from './testing/fixtures.ts';
import type { Reach, SealInput } from './types.ts';

const { database, asSuperuser } = await cloneDatabase();
const vault = vaultHarness(database, makeKeyring());
const [run, tenantId] = [randomUUID(), randomUUID()];
const within: readonly Reach[] = [{ owner: { kind: 'run', id: run } }, { tenantId }];

const seal = (label: string, text: string, input: Partial<SealInput> = {}) =>
  vault.as((ctx) =>
    sealSecret(ctx, { tenantId: null, label, secret: new Secret(text), owner: { kind: 'run', id: run }, ...input }),
  );
const find = (text: string, now?: Date) =>
  vault.as((ctx) => findSecretsIn(ctx, text, within), now === undefined ? {} : { now });

it('PSEC-09: names the living secrets of the run and its tenant that a text holds, and no others', async () => {
  await seal('of the run', 'run-secret');
  await seal('of the tenant', 'tenant-secret', { tenantId, owner: { kind: 'user', id: 'u' } });
  await seal('of another', 'other-secret', { owner: { kind: 'run', id: randomUUID() } });
  await seal('short', 'abc');
  await seal('for an hour', 'hour-secret', { expiresAt: later(3_600_000) });
  await seal('link', 'https://tenantry.example/reveal#token', { kind: 'link' });
  const text = 'abc run-secret tenant-secret other-secret hour-secret https://tenantry.example/reveal#token';
  expect(await find(text)).toEqual(['for an hour', 'of the run', 'of the tenant']);
  expect(await find(text, later(3_600_000))).toEqual(['of the run', 'of the tenant']);
  expect(await find('run-secre tenant-secre')).toEqual([]);
  const rows = await asSuperuser("select payload from tenantry.audit_log where action = 'vault.searched'");
  expect(rows).toHaveLength(3);
  await expect(
    vault.as((ctx) => findSecretsIn(ctx, text, within), { actor: personWith('runs:write') }),
  ).rejects.toMatchObject({ code: 'access.forbidden' });
});

it('fails where a secret cannot be read, so that nothing is sent unchecked', async () => {
  const { entryId } = await seal('damaged', 'damaged-secret');
  await asSuperuser(
    'update tenantry.vault_entries set ciphertext = set_byte(ciphertext, 0, get_byte(ciphertext, 0) # 1) where id = $1',
    [entryId],
  );
  await expect(find('hello')).rejects.toMatchObject({ code: 'vault.unreadable' });
});
