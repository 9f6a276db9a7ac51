import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemActor } from '../access/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import {
  type CheckpointSigner,
  checkpointKeyId,
  eraseAuditPayloads,
  exportCheckpoint,
  listAudit,
  parseCheckpoint,
  recordAudit,
  sealAudit,
  signCheckpoint,
  verifyAudit,
} from './index.ts';
import { inAudit, NOW, sealToFloor, writeRows } from './testing/fixtures.ts';

const { database, asSuperuser } = await cloneDatabase();
const ROWS = 12;

const makeSigner = (): CheckpointSigner => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const text = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  return { keyId: checkpointKeyId(text), publicKey: text, sign: (bytes) => sign(null, bytes, privateKey) };
};
const signer = makeSigner();

/** As the owner of the tables would, with every trigger off. */
const tamper = (statement: string) =>
  asSuperuser(`set session_replication_role = replica; set search_path = tenantry; ${statement}`);

const seqAt = (position: number): string => `(select seq from audit_chain where position = ${position})`;

beforeEach(async () => {
  await tamper(`truncate audit_log, audit_chain, audit_checkpoints;
    update audit_sealer set floor_seq = 0, candidate_seq = 0, candidate_xact = '0'`);
  await writeRows(database, ROWS);
  await sealToFloor(database);
});

const problemsOf = async (options?: Parameters<typeof verifyAudit>[1]) => {
  const verdict = await verifyAudit(database, options);
  expect(verdict.ok).toBe(verdict.problems.length === 0);
  expect(verdict.problemsTotal).toBe(verdict.problems.length);
  return verdict.problems.map(({ kind, position }) => [kind, position]);
};

describe('an untouched log', () => {
  it('verifies, with its checkpoints, across pages of writers and sealers', async () => {
    await signCheckpoint(database, signer, { now: NOW });
    const checkpoint = await exportCheckpoint(database);
    await writeRows(database, 3);
    await sealAudit(database);
    await signCheckpoint(database, signer, { now: NOW });
    await writeRows(database, 2);
    if (checkpoint === undefined) throw new Error('there is no checkpoint');
    expect(await verifyAudit(database, { checkpoint, publicKeys: [signer.publicKey] })).toEqual({
      ok: true,
      rows: ROWS + 3,
      sealedTo: ROWS + 3,
      pending: 2,
      erased: 0,
      problems: [],
      problemsTotal: 0,
    });
  });

  it('verifies with rows of users of tenants, and with those of before they acted under their own name', async () => {
    const [tenantId, userId] = [randomUUID(), randomUUID()];
    const ann = { kind: 'user', tenantId, userId, name: 'Ann', email: 'ann@acme.example' } as const;
    for (const actor of [systemActor(`user ${userId}`), ann]) {
      const subject = { kind: 'user', id: userId };
      await inAudit(database, (ctx) => recordAudit(ctx, { action: 'user.changed', tenantId, subject }), actor);
    }
    await sealToFloor(database);
    expect(await verifyAudit(database)).toMatchObject({ ok: true, rows: ROWS + 2 });
  });

  it('verifies when it is empty', async () => {
    await tamper(`truncate audit_log, audit_chain; update audit_sealer set floor_seq = 0, candidate_seq = 0`);
    expect(await verifyAudit(database)).toMatchObject({ ok: true, rows: 0, sealedTo: 0 });
    expect(await signCheckpoint(database, signer, { now: NOW })).toBeUndefined();
    expect(await exportCheckpoint(database)).toBeUndefined();
  });
});

describe('a row that was altered', () => {
  it.each([
    ['at', "at + interval '1 microsecond'"],
    ['actor_kind', "'run'"],
    ['actor_id', "'somebody'"],
    ['action', "'thing.unmade'"],
    ['tenant_id', `'${randomUUID()}'`],
    ['run_id', `'${randomUUID()}'`],
    ['subject_kind', "'other'"],
    ['subject_id', "'other'"],
  ])('is found: %s', async (column, value) => {
    await tamper(`update audit_log set ${column} = ${value} where seq = ${seqAt(5)}`);
    expect(await problemsOf()).toEqual([['altered', 5]]);
  });

  it('is found: payload with the hash to match it', async () => {
    await tamper(`update audit_log set payload = '{"actor":{}}', payload_hash = sha256('{"actor":{}}')
                  where seq = ${seqAt(5)}`);
    expect(await problemsOf()).toEqual([['altered', 5]]);
  });

  it('is found: payload alone, past the check that would refuse it', async () => {
    await tamper(`alter table audit_log drop constraint audit_log_payload_hashed;
                  update audit_log set payload = '{"actor":{}}' where seq = ${seqAt(5)}`);
    expect(await problemsOf()).toEqual([['altered', 5]]);
    await tamper(`truncate audit_log; alter table audit_log add constraint audit_log_payload_hashed
                  check (payload is null or payload_hash = sha256(convert_to(payload::text, 'UTF8')))`);
  });

  it('is found: payload emptied without an erasure on record', async () => {
    await tamper(`update audit_log set payload = null where seq = ${seqAt(5)}`);
    expect(await problemsOf()).toEqual([['altered', 5]]);
  });

  it('is found when its link was altered to match it', async () => {
    await tamper(`update audit_chain set row_hash = sha256('x') where position = 5`);
    expect(await problemsOf()).toEqual([
      ['altered', 5],
      ['altered', 5],
    ]);
  });

  it('is found by a checkpoint when the whole chain was computed anew from it on', async () => {
    await signCheckpoint(database, signer, { now: NOW });
    const checkpoint = await exportCheckpoint(database);
    await tamper(`update audit_log set action = 'thing.unmade' where seq = ${seqAt(5)};
      delete from audit_chain; delete from audit_checkpoints;
      update audit_sealer set floor_seq = 0, candidate_seq = 0`);
    await sealAudit(database);
    expect(await problemsOf()).toEqual([]);
    expect(await problemsOf(checkpoint === undefined ? {} : { checkpoint })).toEqual([['altered', ROWS]]);
  });
});

describe('a row that was removed', () => {
  it('is found when its link still stands', async () => {
    await tamper(`delete from audit_log where seq = ${seqAt(5)}`);
    expect(await problemsOf()).toEqual([['removed', 5]]);
  });

  it('is found when its link was removed with it', async () => {
    await tamper(`delete from audit_log where seq = ${seqAt(5)}; delete from audit_chain where position = 5`);
    expect(await problemsOf()).toEqual([['removed', 5]]);
  });

  it('is found when the links behind it moved up', async () => {
    await tamper(`delete from audit_log where seq = ${seqAt(5)}; delete from audit_chain where position = 5;
      update audit_chain set position = -position where position > 5;
      update audit_chain set position = -position - 1 where position < 0`);
    expect((await problemsOf())[0]).toEqual(['altered', 5]);
  });
});

describe('rows that changed places', () => {
  it('are found in the log', async () => {
    await tamper(`update audit_log l set at = o.at, actor_id = o.actor_id, subject_id = o.subject_id, id = o.id,
        payload = o.payload, payload_hash = o.payload_hash
      from audit_log o where (l.seq, o.seq) in ((${seqAt(5)}, ${seqAt(6)}), (${seqAt(6)}, ${seqAt(5)}))`);
    expect(await problemsOf()).toEqual([
      ['reordered', 5],
      ['reordered', 6],
    ]);
  });

  it('are found in the chain', async () => {
    await tamper(`alter table audit_chain drop constraint audit_chain_seq_unique;
      update audit_chain c set seq = o.seq, row_id = o.row_id, row_hash = o.row_hash from audit_chain o
      where (c.position, o.position) in ((5, 6), (6, 5));
      alter table audit_chain add constraint audit_chain_seq_unique unique (seq)`);
    expect(await problemsOf()).toEqual([
      ['reordered', 5],
      ['reordered', 6],
    ]);
  });
});

describe('a log that was cut off at its end', () => {
  const cut = `delete from audit_log where seq >= ${seqAt(9)}; delete from audit_chain where position >= 9`;

  it('is found by a stored checkpoint', async () => {
    await signCheckpoint(database, signer, { now: NOW });
    await tamper(cut);
    expect(await problemsOf({ publicKeys: [signer.publicKey] })).toEqual([['truncated', 9]]);
  });

  it('is found by an exported checkpoint when the stored ones went with it', async () => {
    await signCheckpoint(database, signer, { now: NOW });
    const exported = JSON.stringify(await exportCheckpoint(database));
    await tamper(`${cut}; truncate audit_checkpoints`);
    expect(await problemsOf()).toEqual([]);
    expect(await problemsOf({ checkpoint: parseCheckpoint(exported) })).toEqual([['truncated', 9]]);
  });

  it('is found by the exported checkpoint also after new rows took the place of the old', async () => {
    await signCheckpoint(database, signer, { now: NOW });
    const checkpoint = await exportCheckpoint(database);
    await tamper(`${cut}; truncate audit_checkpoints`);
    await writeRows(database, ROWS);
    await sealAudit(database);
    expect(await problemsOf(checkpoint === undefined ? {} : { checkpoint })).toEqual([['altered', ROWS]]);
  });

  it('is found in the chain alone', async () => {
    await tamper('delete from audit_chain where position >= 11');
    await sealAudit(database);
    expect(await problemsOf()).toEqual([
      ['unsealed', undefined],
      ['unsealed', undefined],
    ]);
  });
});

it('a row slipped in where the sealer has passed is found', async () => {
  await tamper(`insert into audit_log (seq, at, actor_kind, actor_id, action, subject_kind, subject_id, payload_hash)
    overriding system value values (0, now(), 'system', 'x', 'forged.row', 'thing', '1', sha256(''))`);
  await sealAudit(database);
  expect(await problemsOf()).toEqual([['unsealed', undefined]]);
});

describe('a signature', () => {
  it.each([
    ['position', 'position = position - 1'],
    ['chain hash', "chain_hash = sha256('x')"],
    ['time', "at = at + interval '1 second'"],
    ['signature', "signature = 'AAAA'"],
    ['key', "public_key = 'AAAA'"],
  ])('does not hold for another %s', async (_what, change) => {
    await signCheckpoint(database, signer, { now: NOW });
    await tamper(`update audit_checkpoints set ${change}`);
    expect((await problemsOf()).map(([kind]) => kind)).toEqual(['bad_signature']);
  });

  it('of another key is found where the right key is known', async () => {
    await signCheckpoint(database, makeSigner(), { now: NOW });
    expect(await problemsOf()).toEqual([]);
    expect(await problemsOf({ publicKeys: [signer.publicKey] })).toEqual([['bad_signature', ROWS]]);
  });

  it('is made once for one state of the chain', async () => {
    const first = await signCheckpoint(database, signer, { now: NOW });
    expect(first).toEqual(await exportCheckpoint(database));
    expect(await signCheckpoint(database, signer, { now: NOW })).toBeUndefined();
  });

  it.each(['', '{}', '[]', '{"version":1,"position":0}'])('is not read from "%s"', (text) => {
    expect(() => parseCheckpoint(text)).toThrow(expect.objectContaining({ code: 'file.unreadable' }));
  });
});

describe('erasing the payloads of a tenant', () => {
  it('takes out every name and detail, leaves the chain whole, and leaves other tenants alone', async () => {
    const [gone, kept] = [randomUUID(), randomUUID()];
    await writeRows(database, 4, gone);
    await writeRows(database, 4, kept);
    await sealAudit(database);
    const erased = await inAudit(database, (ctx) => eraseAuditPayloads(ctx, { tenantId: gone, reason: 'Article 17' }));
    await sealAudit(database);
    expect(erased).toBe(4);
    expect(await verifyAudit(database)).toMatchObject({ ok: true, erased: 4, pending: 0 });
    const rows = (tenantId: string) => inAudit(database, (ctx) => listAudit(ctx, { tenantId }));
    expect((await rows(gone)).rows.map((row) => [row.action, row.erased, row.subject.name, row.reason])).toEqual([
      ['audit.payloads_erased', false, undefined, 'Article 17'],
      ...Array.from({ length: 4 }, () => ['thing.made', true, undefined, undefined]),
    ]);
    expect((await rows(kept)).rows.every((row) => row.subject.name !== undefined)).toBe(true);
  });

  it('does not excuse a payload emptied later', async () => {
    const tenantId = randomUUID();
    await inAudit(database, (ctx) => eraseAuditPayloads(ctx, { tenantId, reason: 'x' }));
    await writeRows(database, 1, tenantId);
    await sealAudit(database);
    await tamper(`update audit_log set payload = null where tenant_id = '${tenantId}' and action = 'thing.made'`);
    expect((await problemsOf()).map(([kind]) => kind)).toEqual(['altered']);
  });

  it('is closed to a tenant’s own transaction', async () => {
    const tenantId = randomUUID();
    const erasing = database.tenantTransaction(tenantId, (tx) =>
      eraseAuditPayloads({ tx, actor: { kind: 'system', part: 'test' }, now: NOW }, { tenantId, reason: 'x' }),
    );
    await expect(erasing).rejects.toMatchObject({ code: '42501' });
  });
});
