import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { listAudit } from '../audit/index.ts';
import { Secret } from '../connectors/kit/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { matchesSecret, openRecord, openSecret, revokeEntry, sealRecord, sealSecret, wipeExpired } from './index.ts';
import { later, makeKeyring, NOW, personWith, vaultHarness } from './testing/fixtures.ts';
import type { SealInput } from './types.ts';

const { database, asSuperuser } = await cloneDatabase();
const keyring = makeKeyring();
const vault = vaultHarness(database, keyring);
const purpose = { purpose: 'a test' };

const sealing = (text: string, input: Partial<SealInput> = {}) =>
  vault.as((ctx) =>
    sealSecret(ctx, {
      tenantId: null,
      label: 'a key',
      secret: new Secret(text),
      owner: { kind: 'run', id: 'r1' },
      ...input,
    }),
  );

describe('sealing and opening', () => {
  it.each(['x', 'zwölf Euro €', '\u0000 \ud83d\ude00', 'a'.repeat(64 * 1024)])(
    'gives back what was sealed',
    async (text) => {
      const { ref } = await sealing(text);
      const opened = await vault.as((ctx) => openSecret(ctx, ref, purpose));
      expect(opened.reveal()).toBe(text);
    },
  );

  it.each([
    ['nothing', ''],
    ['a byte too much', 'a'.repeat(64 * 1024 + 1)],
  ])('refuses %s', async (_what, text) => {
    await expect(sealing(text)).rejects.toMatchObject({ code: 'request.invalid' });
  });

  it('PSEC-06: the rows hold no trace of the clear value, nor does its hash', async () => {
    const text = `canary-${randomUUID()}`;
    const { entryId } = await sealing(text, { label: 'canary' });
    const [row] = await asSuperuser<{ row: string }>(
      `select concat(encode(ciphertext, 'escape'), encode(fingerprint, 'hex'), vault_entries::text) as row
       from tenantry.vault_entries where id = $1`,
      [entryId],
    );
    expect(row?.row).not.toContain(text);
    expect(row?.row).not.toContain(Buffer.from(text).toString('hex'));
  });

  it('one tenant has one data key, also when its first secrets are sealed at once', async () => {
    const tenantId = randomUUID();
    const sealed = await Promise.all(Array.from({ length: 5 }, (_, index) => sealing(`s${index}`, { tenantId })));
    const opened = await vault.as((ctx) =>
      Promise.all(sealed.map(({ ref }) => openSecret(ctx, ref, { ...purpose, within: { tenantId } }))),
    );
    expect(opened.map((secret) => secret.reveal())).toEqual(['s0', 's1', 's2', 's3', 's4']);
    const keys = await asSuperuser('select 1 from tenantry.vault_data_keys where tenant_id = $1', [tenantId]);
    expect(keys).toHaveLength(1);
  });

  it('the same idempotency key gives the same entry, also from two at once, and the first value stays', async () => {
    const key = randomUUID();
    const both = await Promise.all([sealing('first', { key }), sealing('second', { key })]);
    const again = await sealing('third', { key });
    expect(new Set([...both, again].map(({ entryId }) => entryId)).size).toBe(1);
    const opened = await vault.as((ctx) => openSecret(ctx, again.ref, purpose));
    expect(['first', 'second']).toContain(opened.reveal());
  });

  it('PADM-07: a record keeps its six fields, and all of them are sealed', async () => {
    const record = {
      organization: 'NextDoor Market',
      username: 'nextdoor_admin',
      email: 'jane@nextdoor.example',
      password: new Secret('correct horse'),
      loginUrl: 'https://id.example/',
      adminUrl: 'https://id.example/admin',
    };
    const { ref, entryId } = await vault.as((ctx) =>
      sealRecord(ctx, { tenantId: null, label: 'NextDoor Market', owner: { kind: 'run', id: 'r1' }, record }),
    );
    const opened = await vault.as((ctx) => openRecord(ctx, ref, purpose));
    expect({ ...opened, password: opened.password.reveal() }).toEqual({ ...record, password: 'correct horse' });
    const [row] = await asSuperuser<{ row: string }>(
      'select vault_entries::text as row from tenantry.vault_entries where id = $1',
      [entryId],
    );
    expect(row?.row).not.toContain('jane@nextdoor.example');
    expect((await vault.as((ctx) => openSecret(ctx, ref, purpose))).reveal()).toBe('correct horse');
  });
});

describe('what was tampered with', () => {
  it.each(['nonce', 'ciphertext'])('is unreadable when a bit of its %s is flipped', async (column) => {
    const { ref, entryId } = await sealing('secret');
    await asSuperuser(
      `update tenantry.vault_entries set ${column} = set_byte(${column}, 3, get_byte(${column}, 3) # 1) where id = $1`,
      [entryId],
    );
    await expect(vault.as((ctx) => openSecret(ctx, ref, purpose))).rejects.toMatchObject({ code: 'vault.unreadable' });
  });

  it('is unreadable when two rows of one tenant swap their contents', async () => {
    const [a, b] = [await sealing('secret a'), await sealing('secret b')];
    await asSuperuser(
      `update tenantry.vault_entries e set nonce = o.nonce, ciphertext = o.ciphertext from tenantry.vault_entries o
       where (e.id, o.id) in (($1, $2), ($2, $1))`,
      [a.entryId, b.entryId],
    );
    for (const { ref } of [a, b]) {
      await expect(vault.as((ctx) => openSecret(ctx, ref, purpose))).rejects.toMatchObject({
        code: 'vault.unreadable',
      });
    }
  });

  it.each([
    ['tenant', `tenant_id = '${randomUUID()}'`],
    ['label', "label = 'another'"],
  ])('is unreadable under another %s', async (_what, change) => {
    const { ref, entryId } = await sealing('secret');
    await asSuperuser(`update tenantry.vault_entries set ${change} where id = $1`, [entryId]);
    await expect(vault.as((ctx) => openSecret(ctx, ref, purpose))).rejects.toMatchObject({ code: 'vault.unreadable' });
  });

  it('is unreadable when the data key of one tenant is put in place of another', async () => {
    const [mine, theirs] = [randomUUID(), randomUUID()];
    const { ref } = await sealing('secret', { tenantId: mine });
    await sealing('secret', { tenantId: theirs });
    await asSuperuser(
      `update tenantry.vault_data_keys e set nonce = o.nonce, wrapped = o.wrapped from tenantry.vault_data_keys o
       where e.tenant_id = $1 and o.tenant_id = $2`,
      [mine, theirs],
    );
    await expect(vault.as((ctx) => openSecret(ctx, ref, purpose))).rejects.toMatchObject({ code: 'vault.unreadable' });
  });
});

describe('who may open', () => {
  it('PSEC-07: asks for the scope and a reason, and writes who opened what, why', async () => {
    const { ref, entryId } = await sealing('secret');
    const ada = personWith('vault:reveal');
    const opening = (scopes: ReturnType<typeof personWith>, reason: string) =>
      vault.as((ctx) => openSecret(ctx, ref, { purpose: reason }), { actor: scopes });
    await expect(opening(personWith('audit:read'), 'why not')).rejects.toMatchObject({ code: 'access.forbidden' });
    await expect(opening(ada, '  ')).rejects.toMatchObject({ code: 'request.invalid' });
    await opening(ada, 'Compare with the sender');
    const { rows } = await vault.as((ctx) => listAudit(ctx, { action: 'vault.opened' }));
    const own = rows.filter((row) => row.subject.id === entryId);
    expect(own).toMatchObject([{ reason: 'Compare with the sender', actor: { name: 'Ada' } }]);
  });

  it('PSEC-07: equality is told without opening', async () => {
    const { ref } = await sealing('the very one');
    const matches = (text: string) => vault.as((ctx) => matchesSecret(ctx, ref, new Secret(text), purpose));
    expect(await matches('the very one')).toBe(true);
    expect(await matches('the very on')).toBe(false);
    await expect(
      vault.as((ctx) => matchesSecret(ctx, ref, new Secret('x'), purpose), { actor: personWith('runs:read') }),
    ).rejects.toMatchObject({ code: 'access.forbidden' });
  });

  it('a run opens its own entries, and those of its tenant when that is said, and no others', async () => {
    const [run, tenantId] = [randomUUID(), randomUUID()];
    const own = await sealing('own', { owner: { kind: 'run', id: run } });
    const ofTenant = await sealing('tenant', { tenantId });
    const foreign = await sealing('foreign', { tenantId: randomUUID() });
    const actor = { kind: 'run', runId: run, stepId: 's' } as const;
    const open = ({ ref }: typeof own, within?: { tenantId: string }) =>
      vault.as((ctx) => openSecret(ctx, ref, within === undefined ? purpose : { ...purpose, within }), { actor });
    expect((await open(own)).reveal()).toBe('own');
    expect((await open(ofTenant, { tenantId })).reveal()).toBe('tenant');
    await expect(open(ofTenant)).rejects.toMatchObject({ code: 'vault.not_found' });
    await expect(open(foreign, { tenantId })).rejects.toMatchObject({ code: 'vault.not_found' });
  });

  it("in a tenant's transaction no other tenant's entry exists", async () => {
    const [mine, theirs] = [randomUUID(), randomUUID()];
    const foreign = await sealing('foreign', { tenantId: theirs });
    const shown = await database.tenantTransaction(mine, async (tx) => {
      const ctx = { tx, keyring, actor: { kind: 'system', part: 'test' }, now: NOW } as const;
      const own = await sealSecret(ctx, {
        tenantId: mine,
        label: 'mine',
        secret: new Secret('mine'),
        owner: { kind: 'user', id: 'u' },
      });
      return (await openSecret(ctx, own.ref, purpose)).reveal();
    });
    expect(shown).toBe('mine');
    await expect(
      database.tenantTransaction(mine, (tx) =>
        openSecret({ tx, keyring, actor: { kind: 'system', part: 'test' }, now: NOW }, foreign.ref, purpose),
      ),
    ).rejects.toMatchObject({ code: 'vault.not_found' });
  });

  it.each(['entry_nonsense', '', `entry_${randomUUID()}`])('answers not found for the reference "%s"', async (text) => {
    await expect(vault.as((ctx) => openSecret(ctx, { $secret: text }, purpose))).rejects.toMatchObject({
      code: 'vault.not_found',
    });
  });
});

describe('the end of an entry', () => {
  it('a revoked entry is wiped, cannot be opened, and can be revoked again without effect', async () => {
    const { ref, entryId } = await sealing('secret');
    expect(await vault.as((ctx) => revokeEntry(ctx, ref, 'rolled back'))).toBe(true);
    expect(await vault.as((ctx) => revokeEntry(ctx, ref, 'rolled back'))).toBe(false);
    await expect(vault.as((ctx) => openSecret(ctx, ref, purpose))).rejects.toMatchObject({ code: 'vault.not_found' });
    const rows = await asSuperuser('select ciphertext, fingerprint from tenantry.vault_entries where id = $1', [
      entryId,
    ]);
    expect(rows).toEqual([{ ciphertext: null, fingerprint: null }]);
    await expect(
      vault.as((ctx) => revokeEntry(ctx, ref, 'x'), { actor: personWith('runs:read') }),
    ).rejects.toMatchObject({ code: 'access.forbidden' });
  });

  it('an idempotency key is free again once its entry was revoked', async () => {
    const key = randomUUID();
    const first = await sealing('first', { key });
    await vault.as((ctx) => revokeEntry(ctx, first.ref, 'undone'));
    const second = await sealing('second', { key });
    expect(second.entryId).not.toBe(first.entryId);
  });

  it('an expired entry cannot be opened from its last moment on, and is wiped when its turn comes', async () => {
    const { ref, entryId } = await sealing('secret', { expiresAt: later(1000) });
    const open = (now: Date) => vault.as((ctx) => openSecret(ctx, ref, purpose), { now });
    expect((await open(later(999))).reveal()).toBe('secret');
    await expect(open(later(1000))).rejects.toMatchObject({ code: 'vault.not_found' });
    expect(await vault.as((ctx) => wipeExpired(ctx), { now: later(999) })).toBe(0);
    expect(await vault.as((ctx) => wipeExpired(ctx), { now: later(1000) })).toBe(1);
    const rows = await asSuperuser('select ciphertext from tenantry.vault_entries where id = $1', [entryId]);
    expect(rows).toEqual([{ ciphertext: null }]);
  });
});

it('SECV-08, CH-37: a secret stands in no audit row, no answer and no error', async () => {
  const canary = `canary-${randomUUID()}`;
  const heard: string[] = [];
  const sealed = await sealing(canary, { label: 'canary' });
  const opened = await vault.as((ctx) => openSecret(ctx, sealed.ref, purpose));
  heard.push(inspect({ sealed, opened }, { depth: 9 }), JSON.stringify({ sealed, opened }), `${opened}`);
  const failures = await Promise.allSettled([
    sealing(canary.repeat(5_000)),
    sealing(canary, { label: '' }),
    sealing(canary, { owner: { kind: 'nobody' as 'run', id: 'x' } }),
  ]);
  expect(failures.map((failure) => failure.status)).toEqual(['rejected', 'rejected', 'rejected']);
  heard.push(inspect(failures, { depth: 9 }));
  const audit = await asSuperuser('select audit_log::text from tenantry.audit_log');
  heard.push(JSON.stringify(audit));
  expect(heard.join('\n')).toContain('vault.sealed');
  expect(heard.join('\n')).not.toContain(canary);
});
