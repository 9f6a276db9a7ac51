import { beforeEach, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import { recordAudit, sealAudit, verifyAudit } from './index.ts';
import { inAudit, sealToFloor, writeRows } from './testing/fixtures.ts';

const { database, asSuperuser } = await cloneDatabase();

beforeEach(async () => {
  await asSuperuser(`set session_replication_role = replica;
    truncate tenantry.audit_log, tenantry.audit_chain, tenantry.audit_checkpoints;
    update tenantry.audit_sealer set floor_seq = 0, candidate_seq = 0, candidate_xact = '0'`);
});

const floorOf = async (): Promise<number> =>
  Number(
    (await asSuperuser<{ floor: string }>('select floor_seq::text as floor from tenantry.audit_sealer'))[0]?.floor,
  );
const newestSeq = async (): Promise<number> =>
  Number((await asSuperuser<{ seq: string }>('select max(seq)::text as seq from tenantry.audit_log'))[0]?.seq);

describe('the sealer', () => {
  it('links every row once, in batches of any size, and has nothing to do after that', async () => {
    await writeRows(database, 25);
    expect(await sealAudit(database, { batch: 10 })).toEqual({ sealed: 25, sealedTo: 25, busy: false });
    expect(await sealAudit(database, { batch: 10 })).toEqual({ sealed: 0, sealedTo: 25, busy: false });
    await writeRows(database, 10);
    expect(await sealAudit(database, { batch: 10 })).toEqual({ sealed: 10, sealedTo: 35, busy: false });
    expect(await verifyAudit(database)).toMatchObject({ ok: true, rows: 35, sealedTo: 35, pending: 0 });
  });

  it('links a row whose transaction commits after later rows were linked, and neither waits for the other', async () => {
    let didWrite: () => void = () => undefined;
    let mayCommit: () => void = () => undefined;
    const written = new Promise<void>((resolve) => {
      didWrite = resolve;
    });
    const commit = new Promise<void>((resolve) => {
      mayCommit = resolve;
    });
    const slow = inAudit(database, async (ctx) => {
      await recordAudit(ctx, { action: 'slow.row', subject: { kind: 'thing', id: 'slow' } });
      didWrite();
      await commit;
    });
    await written;
    await writeRows(database, 3);
    for (let pass = 0; pass < 4; pass++) await sealAudit(database, { batch: 2 });
    expect(await verifyAudit(database)).toMatchObject({ ok: true, rows: 3 });
    expect(await floorOf()).toBeLessThan((await newestSeq()) - 3);

    mayCommit();
    await slow;
    expect(await sealAudit(database)).toMatchObject({ sealed: 1, sealedTo: 4 });
    expect(await verifyAudit(database)).toMatchObject({ ok: true, rows: 4, pending: 0 });
  });

  it('raises its floor to what is settled, so that it never reads the whole log again', async () => {
    await writeRows(database, 20);
    await sealAudit(database, { batch: 7 });
    await sealToFloor(database);
    expect(await floorOf()).toBe(await newestSeq());
  });

  it('writes nothing while nothing is written', async () => {
    await writeRows(database, 2);
    await sealToFloor(database);
    const version = () => asSuperuser('select xmin::text, ctid::text from tenantry.audit_sealer');
    const before = await version();
    await sealAudit(database);
    expect(await version()).toEqual(before);
  });

  it('loses no row when its numbers come from another cluster, as after a restore', async () => {
    await writeRows(database, 3);
    await sealAudit(database);
    await asSuperuser(`update tenantry.audit_sealer set candidate_seq = 10000000, candidate_xact = '9000000000'`);
    await writeRows(database, 4);
    expect(await sealAudit(database)).toMatchObject({ sealed: 4, sealedTo: 7 });
    await writeRows(database, 1);
    await sealToFloor(database);
    expect(await verifyAudit(database)).toMatchObject({ ok: true, rows: 8, pending: 0 });
    expect(await floorOf()).toBe(await newestSeq());
  });

  it('run by many at once makes one chain', async () => {
    await writeRows(database, 200);
    await Promise.all(Array.from({ length: 4 }, () => sealAudit(database, { batch: 20 })));
    await sealAudit(database, { batch: 20 });
    expect(await verifyAudit(database)).toMatchObject({ ok: true, rows: 200, sealedTo: 200, pending: 0 });
  });

  it('misses no row while writers commit in every order', async () => {
    const writers = Array.from({ length: 12 }, (_, index) => writeRows(database, 5 + index));
    const sealing = Array.from({ length: 6 }, () => sealAudit(database, { batch: 9 }));
    await Promise.all([...writers, ...sealing]);
    await sealAudit(database);
    expect(await verifyAudit(database)).toMatchObject({ ok: true, rows: 126, pending: 0 });
  });

  it('that dies in the middle of a batch leaves the chain as it was', async () => {
    await writeRows(database, 5);
    await asSuperuser('alter table tenantry.audit_sealer add constraint dies check (candidate_seq = 0)');
    await expect(sealAudit(database)).rejects.toMatchObject({ code: '23514' });
    await asSuperuser('alter table tenantry.audit_sealer drop constraint dies');
    expect(await verifyAudit(database)).toMatchObject({ ok: true, rows: 0, pending: 5 });
    expect(await sealAudit(database)).toMatchObject({ sealed: 5 });
  });
});
