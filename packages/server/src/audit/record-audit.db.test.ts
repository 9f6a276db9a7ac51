import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Actor } from '../access/index.ts';
import { Secret } from '../connectors/kit/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { listAudit, recordAudit } from './index.ts';
import { inAudit, NOW, writeRows } from './testing/fixtures.ts';

const { database, asSuperuser } = await cloneDatabase();

const person = (scopes: Extract<Actor, { kind: 'person' }>['scopes']): Actor => ({
  kind: 'person',
  id: randomUUID(),
  name: 'Ada',
  email: 'ada@vendor.example',
  party: 'vendor',
  roles: [],
  scopes,
  development: false,
});

const record = (entry: Parameters<typeof recordAudit>[1], actor?: Actor) =>
  inAudit(database, (ctx) => recordAudit(ctx, entry), actor);
const list = (...args: Parameters<typeof listAudit> extends [unknown, ...infer Rest] ? Rest : never) =>
  inAudit(database, (ctx) => listAudit(ctx, ...args));

describe('an audit row', () => {
  it('tells who, what, to what, why and when', async () => {
    const [tenantId, runId] = [randomUUID(), randomUUID()];
    const ada = person([]);
    const subject = { kind: 'tenant', id: tenantId, name: 'acme' };
    await record(
      { action: 'tenant.suspended', tenantId, runId, subject, reason: 'Unpaid', detail: { from: 'active', at: NOW } },
      ada,
    );
    expect((await list({ tenantId })).rows).toMatchObject([
      {
        at: NOW,
        action: 'tenant.suspended',
        actorKind: 'person',
        actor: { name: 'Ada', email: 'ada@vendor.example' },
        tenantId,
        runId,
        subject,
        reason: 'Unpaid',
        detail: { from: 'active', at: '2026-11-20T09:00:00.000Z' },
        erased: false,
      },
    ]);
  });

  it('is of the run that acts, without being told', async () => {
    const runId = randomUUID();
    await record({ action: 'thing.made', subject: { kind: 'thing', id: '1' } }, { kind: 'run', runId, stepId: 's' });
    expect((await list({ runId })).rows).toMatchObject([{ actorKind: 'run', actorId: runId, actor: { stepId: 's' } }]);
  });

  it('names the user of a tenant who acts, and not only their id', async () => {
    const [tenantId, userId] = [randomUUID(), randomUUID()];
    const ann: Actor = { kind: 'user', tenantId, userId, name: 'Ann Joiner', email: 'ann@acme.example' };
    await record({ action: 'user.changed', tenantId, subject: { kind: 'user', id: userId } }, ann);
    expect((await list({ actorId: userId })).rows).toMatchObject([
      { actorKind: 'user', actorId: userId, actor: { name: 'Ann Joiner', email: 'ann@acme.example', tenantId } },
    ]);
  });

  it('keeps any text that JSON can hold, and no secret', async () => {
    const id = randomUUID();
    const detail = { text: 'NUL \u0000 emoji 😀 half \ud83d', secret: new Secret('canary') };
    await record({ action: 'odd.text', subject: { kind: 'thing', id }, detail });
    const rows = await asSuperuser<{ payload: string }>(
      'select payload::text from tenantry.audit_log where subject_id = $1',
      [id],
    );
    expect(JSON.parse(rows[0]?.payload ?? '')).toMatchObject({ detail: { text: detail.text, secret: '[redacted]' } });
  });

  it('goes with the change it tells of when that is rolled back', async () => {
    const id = randomUUID();
    const failing = inAudit(database, async (ctx) => {
      await recordAudit(ctx, { action: 'never.was', subject: { kind: 'thing', id } });
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect((await list({ action: 'never.' })).rows).toEqual([]);
  });

  it.each([
    ['changed', 'update tenantry.audit_log set action = action'],
    ['emptied', 'update tenantry.audit_log set payload = null'],
    ['removed', 'delete from tenantry.audit_log'],
    ['cut away', 'truncate tenantry.audit_log'],
    ['taken from the chain', 'delete from tenantry.audit_chain'],
    ['unsigned', 'truncate tenantry.audit_checkpoints'],
  ])('cannot be %s under any role, nor by a superuser while the triggers stand', async (_what, statement) => {
    await writeRows(database, 1);
    for (const role of ['operator', 'worker'] as const) {
      await expect(database.transaction(role, (tx) => tx.query(statement))).rejects.toMatchObject({ code: '42501' });
    }
    if (statement.includes('audit_log')) {
      await expect(asSuperuser(statement)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('cannot be given a number, id or transaction of the writer’s choice', async () => {
    const refused: readonly (readonly [column: string, code: string])[] = [
      ['seq', '428C9'],
      ['id', '42501'],
      ['xact', '42501'],
    ];
    for (const [column, code] of refused) {
      const choosing = database.transaction('worker', (tx) =>
        tx.query(`insert into audit_log (${column}) values (null)`),
      );
      await expect(choosing).rejects.toMatchObject({ code });
    }
  });
});

describe('a list', () => {
  it('comes newest first, in pages that neither repeat nor leave out a row', async () => {
    const tenantId = randomUUID();
    await writeRows(database, 7, tenantId);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ tenantId }, cursor === undefined ? { limit: 3 } : { limit: 3, cursor });
      seen.push(...page.rows.map((row) => row.subject.id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(['7', '6', '5', '4', '3', '2', '1']);
  });

  it('is narrowed by actor, start of the action and time, and takes no wildcard from the asker', async () => {
    const ada = person([]);
    for (const action of ['plan_a.changed', 'planXa.changed', 'plan_b.changed']) {
      await record({ action, subject: { kind: 'plan', id: '1' } }, ada);
    }
    const actions = async (filter: Parameters<typeof list>[0]) =>
      (await list({ actorId: ada.kind === 'person' ? ada.id : '', ...filter })).rows.map((row) => row.action);
    expect(await actions({})).toHaveLength(3);
    expect(await actions({ action: 'plan_a' })).toEqual(['plan_a.changed']);
    expect(await actions({ action: '%' })).toEqual([]);
    expect(await actions({ from: NOW })).toHaveLength(3);
    expect(await actions({ to: NOW })).toEqual([]);
  });

  it('needs the scope and the vendor’s side, a cursor that was given, and a limit in bounds', async () => {
    const asking = inAudit(database, (ctx) => listAudit(ctx), person(['runs:read']));
    await expect(asking).rejects.toMatchObject({ code: 'access.forbidden' });
    const client: Actor = { ...person(['audit:read']), party: 'client' } as Actor;
    await expect(inAudit(database, (ctx) => listAudit(ctx), client)).rejects.toMatchObject({
      code: 'access.forbidden',
    });
    await expect(list({}, { cursor: '1; drop' })).rejects.toMatchObject({ code: 'request.invalid' });
    for (const limit of [0, 501, 1.5]) {
      await expect(list({}, { limit })).rejects.toMatchObject({ code: 'request.invalid' });
    }
  });

  it("in a tenant's transaction holds that tenant's rows only, and what is written there is of that tenant", async () => {
    const [mine, theirs] = [randomUUID(), randomUUID()];
    await writeRows(database, 2, theirs);
    const page = await database.tenantTransaction(mine, async (tx) => {
      const ctx = { tx, actor: { kind: 'system', part: 'test' }, now: NOW } as const;
      await recordAudit(ctx, { action: 'own.row', subject: { kind: 'thing', id: '1' } });
      return listAudit(ctx);
    });
    expect(page.rows.map((row) => [row.action, row.tenantId])).toEqual([['own.row', mine]]);
    const forging = database.tenantTransaction(mine, (tx) =>
      recordAudit(
        { tx, actor: { kind: 'system', part: 'test' }, now: NOW },
        { action: 'forged.row', tenantId: theirs, subject: { kind: 'thing', id: '1' } },
      ),
    );
    await expect(forging).rejects.toMatchObject({ code: '42501' });
  });
});
