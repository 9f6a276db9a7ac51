import { randomUUID } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { sql } from 'drizzle-orm';
import { integer, pgTable, uuid } from 'drizzle-orm/pg-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openSessionPool } from './connection.ts';
import { openDatabase } from './database.ts';
import { violatedConstraint } from './errors.ts';
import { cloneDatabase } from './testing/index.ts';
import type { Tx } from './transaction.ts';

const notes = pgTable('notes', { id: integer('id').primaryKey(), tenantId: uuid('tenant_id').notNull() });

const test = await cloneDatabase();
const { database } = test;
const [acme, globex] = [randomUUID(), randomUUID()];

const idsSeen = async (tx: Tx): Promise<readonly number[]> =>
  (await tx.query<{ id: number }>('select id from notes order by id')).rows.map((row) => row.id);

beforeAll(async () => {
  await database.transaction('owner', async (tx) => {
    await tx.query(`create table notes (
      id integer constraint notes_pkey primary key,
      tenant_id uuid not null
    )`);
    await tx.query('alter table notes enable row level security');
    await tx.query('alter table notes force row level security');
    await tx.query(`create policy notes_of_tenant on notes to tenantry_app
      using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
      with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))`);
    await tx.query('create policy notes_operator on notes to tenantry_operator using (true) with check (true)');
    await tx.query('grant select, insert, update, delete on notes to tenantry_app, tenantry_operator, tenantry_worker');
  });
  await database.transaction('operator', (tx) =>
    tx.query('insert into notes values (1, $1), (2, $1), (3, $2)', [acme, globex]),
  );
});

describe('row-level security', () => {
  it('PDB-08: a tenant transaction sees only the rows of its tenant', async () => {
    expect(await database.tenantTransaction(acme, idsSeen)).toEqual([1, 2]);
    expect(await database.tenantTransaction(globex, idsSeen)).toEqual([3]);
  });

  it('PDB-08: a tenant transaction cannot write a row of another tenant', async () => {
    await expect(
      database.tenantTransaction(acme, (tx) => tx.query('insert into notes values (9, $1)', [globex])),
    ).rejects.toThrow('violates row-level security');
    const changed = await database.tenantTransaction(acme, (tx) =>
      tx.query('update notes set id = 30 where id = 3 returning id'),
    );
    expect(changed).toEqual({ rows: [], rowCount: 0 });
  });

  it('a session of the application role without a tenant sees nothing', async () => {
    const pool = openSessionPool(test.connection, 'app', { applicationName: 'no-tenant', max: 1 });
    try {
      expect((await pool.query('select id from notes')).rows).toEqual([]);
    } finally {
      await pool.end();
    }
  });

  it('a role without a policy sees nothing, the owner of the table included', async () => {
    expect(await database.transaction('owner', idsSeen)).toEqual([]);
    expect(await database.transaction('worker', idsSeen)).toEqual([]);
    expect(await database.transaction('operator', idsSeen)).toEqual([1, 2, 3]);
  });

  it('the tenant of a transaction does not leak to the next one on the same connection', async () => {
    const single = openDatabase({ connection: test.connection, applicationName: 'single', poolMax: 1 });
    try {
      const look = (tx: Tx) =>
        tx.query<{ pid: number; tenant: string; who: string }>(
          "select pg_backend_pid() as pid, current_setting('app.current_tenant_id', true) as tenant, current_user as who",
        );
      const first = (await single.tenantTransaction(acme, look)).rows[0];
      await expect(
        single.tenantTransaction(acme, async () => {
          throw new Error('the work fails');
        }),
      ).rejects.toThrow('the work fails');
      const second = (await single.tenantTransaction(globex, look)).rows[0];
      expect(second).toEqual({ pid: first?.pid, tenant: globex, who: 'tenantry_app' });
    } finally {
      await single.close();
    }
  });

  it('PDB-07: neither the login nor a role it takes is a superuser or bypasses row-level security', async () => {
    const rows = await test.asSuperuser<{ rolname: string }>(
      "select rolname from pg_roles where rolname like 'tenantry%' and not rolsuper and not rolbypassrls order by rolname",
    );
    expect(rows.map((row) => row.rolname)).toEqual([
      'tenantry',
      'tenantry_app',
      'tenantry_operator',
      'tenantry_owner',
      'tenantry_worker',
    ]);
  });

  it('something that is no tenant id is refused before it reaches PostgreSQL', async () => {
    await expect(database.tenantTransaction("x'; reset role; --", idsSeen)).rejects.toMatchObject({
      code: 'tenant.not_found',
    });
  });
});

describe('a transaction', () => {
  it('keeps nothing when its function throws', async () => {
    const failing = database.tenantTransaction(acme, async (tx) => {
      await tx.query('insert into notes values (20, $1)', [acme]);
      throw new Error('second thoughts');
    });
    await expect(failing).rejects.toThrow('second thoughts');
    expect(await database.tenantTransaction(acme, idsSeen)).not.toContain(20);
  });

  it('runs Drizzle and plain statements on the same connection', async () => {
    const seen = await database.tenantTransaction(acme, async (tx) => {
      await tx.orm.insert(notes).values({ id: 21, tenantId: acme });
      const found = await tx.query<{ id: number }>(
        { name: 'note-by-id', text: 'select id from notes where id = $1' },
        [21],
      );
      await tx.orm.delete(notes).where(sql`${notes.id} = 21`);
      return found.rows;
    });
    expect(seen).toEqual([{ id: 21 }]);
  });

  it('tells what the first of several statements met, whichever of them is heard first', async () => {
    const failing = database.transaction('worker', async (tx) => {
      const slow = async (): Promise<unknown> => {
        const answer = await tx.query('select 1 / 0').catch((error: unknown) => Promise.resolve().then(() => error));
        throw answer;
      };
      await Promise.all([slow(), tx.query('select 1')]);
    });
    await expect(failing).rejects.toThrow('division by zero');
  });

  it('answers statements issued side by side in their order', async () => {
    const answers = await database.transaction('operator', (tx) =>
      Promise.all([1, 2, 3, 4].map((n) => tx.query<{ n: number }>({ name: 'echo', text: 'select $1::int as n' }, [n]))),
    );
    expect(answers.map((answer) => answer.rows[0]?.n)).toEqual([1, 2, 3, 4]);
  });

  it('sent at once commits with what it sends, and refuses what is sent later', async () => {
    const atOnce = { atOnce: true };
    await database.tenantTransaction(acme, (tx) => tx.query('insert into notes values (23, $1)', [acme]), atOnce);
    expect(await database.tenantTransaction(acme, idsSeen, atOnce)).toEqual([1, 2, 23]);
    const late = database.tenantTransaction(
      acme,
      async (tx) => {
        await tx.query('delete from notes where id = 23');
        return idsSeen(tx);
      },
      atOnce,
    );
    await expect(late).rejects.toMatchObject({ code: 'internal.bug' });
    expect(await database.tenantTransaction(acme, idsSeen)).toEqual([1, 2]);
  });

  it('sent at once keeps nothing when a statement fails, and tells why', async () => {
    const failing = database.tenantTransaction(
      acme,
      (tx) => Promise.all([tx.query('insert into notes values (24, $1)', [acme]), tx.query('select 1 / 0')]),
      { atOnce: true },
    );
    await expect(failing).rejects.toThrow('division by zero');
    expect(await database.tenantTransaction(acme, idsSeen)).toEqual([1, 2]);
    const swallowed = database.tenantTransaction(acme, (tx) => tx.query('select 1 / 0').catch(() => undefined), {
      atOnce: true,
    });
    await expect(swallowed).rejects.toMatchObject({ code: 'internal.bug' });
  });

  it('sent at once tells that the role cannot be taken, or PostgreSQL reached', async () => {
    const nowhere = openDatabase({
      connection: { ...test.connection, host: '/nonexistent' },
      applicationName: 'x',
      poolMax: 1,
    });
    const asked = nowhere.transaction('operator', idsSeen, { atOnce: true });
    await expect(asked).rejects.toMatchObject({ code: 'database.unavailable' });
    await nowhere.close();
    await test.asSuperuser('create role bystander login');
    const bystander = openDatabase({
      connection: { ...test.connection, user: 'bystander' },
      applicationName: 'x',
      poolMax: 1,
    });
    const refused = bystander.transaction('operator', (tx) => tx.query('select current_user'), { atOnce: true });
    await expect(refused).rejects.toThrow('permission denied to set role');
    await bystander.close();
    await test.asSuperuser('drop role bystander');
  });

  it('names the violated constraint, and shows no parameter, whoever wrote the statement', async () => {
    const twice = database.tenantTransaction(acme, (tx) => tx.orm.insert(notes).values({ id: 1, tenantId: acme }));
    const error = await twice.catch((thrown: unknown) => thrown);
    expect(violatedConstraint(error)).toBe('notes_pkey');
    expect(String(error)).not.toContain(acme);
  });

  it('is refused to whoever kept it past its end', async () => {
    let kept: Tx | undefined;
    await database.tenantTransaction(acme, async (tx) => {
      kept = tx;
    });
    await expect(kept?.query('select 1')).rejects.toMatchObject({ code: 'internal.bug' });
    await expect(kept?.orm.select().from(notes)).rejects.toThrow();
  });

  it('cannot be ended from inside, which would leave the rest without its role', async () => {
    for (const text of ['commit', ' ROLLBACK', 'end', 'begin', 'abort', 'start transaction']) {
      await expect(database.tenantTransaction(acme, (tx) => tx.query(text))).rejects.toMatchObject({
        code: 'internal.bug',
      });
    }
    const nested = database.tenantTransaction(acme, (tx) => tx.orm.transaction(async () => 1));
    await expect(nested).rejects.toThrow();
  });

  it('may use savepoints', async () => {
    const seen = await database.tenantTransaction(acme, async (tx) => {
      await tx.query('savepoint attempt');
      await tx.query('insert into notes values (1, $1)', [acme]).catch(() => undefined);
      await tx.query('rollback to savepoint attempt');
      return idsSeen(tx);
    });
    expect(seen).toEqual([1, 2]);
  });

  it('does not pass for committed when an error inside it was swallowed', async () => {
    const swallowed = database.tenantTransaction(acme, async (tx) => {
      await tx.query('insert into notes values (22, $1)', [acme]);
      await tx.query('select 1 / 0').catch(() => undefined);
    });
    await expect(swallowed).rejects.toMatchObject({ code: 'internal.bug' });
    expect(await database.tenantTransaction(acme, idsSeen)).toEqual([1, 2]);
  });

  it('fails a statement whose value cannot be sent, and serves on', async () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    const unsendable = database.tenantTransaction(acme, (tx) => tx.query('select $1::json', [circular]));
    await expect(unsendable).rejects.toThrow('circular structure');
    expect(await Promise.all([1, 2, 3, 4, 5].map(() => database.tenantTransaction(acme, idsSeen)))).toEqual(
      Array.from({ length: 5 }, () => [1, 2]),
    );
  });

  it('ends a statement that takes longer than it may', async () => {
    const slow = database.transaction('operator', (tx) => tx.query('select pg_sleep(30)'), { timeoutMs: 20 });
    await expect(slow).rejects.toMatchObject({ code: 'database.unavailable', retry: { afterMs: expect.any(Number) } });
    expect(await database.transaction('operator', idsSeen)).toEqual([1, 2, 3]);
  });

  it('gives every connection back, whatever happened in it', async () => {
    const stats = Object.values(database.stats());
    expect(stats.length).toBeGreaterThan(0);
    for (const pool of stats) expect(pool).toEqual({ total: pool.idle, idle: pool.idle, waiting: 0 });
  });
});

describe('a database that cannot serve', () => {
  const openAt = (connection: Parameters<typeof openDatabase>[0]['connection']) =>
    openDatabase({ connection, applicationName: 'elsewhere', poolMax: 1 });

  it('says that PostgreSQL cannot be reached, and when to try again', async () => {
    const nowhere = openAt({ ...test.connection, host: '/nonexistent' });
    const error = await nowhere.transaction('operator', idsSeen).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'database.unavailable', retry: { afterMs: 1_000 } });
    await nowhere.close();
  });

  it('tells a wrong login from an outage: trying again is of no use', async () => {
    const stranger = openAt({ ...test.connection, user: 'nobody_we_know' });
    const error = await stranger.transaction('operator', idsSeen).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'database.unavailable', retry: 'never' });
    await stranger.close();
  });

  it('runs nothing under the login itself when the role cannot be taken', async () => {
    await test.asSuperuser('create role outsider login');
    const outsider = openAt({ ...test.connection, user: 'outsider' });
    const whoAmI = outsider.transaction('operator', (tx) => tx.query('select current_user'));
    await expect(whoAmI).rejects.toThrow('permission denied to set role');
    await outsider.close();
    await test.asSuperuser('drop role outsider');
  });

  it('is refused after it was closed', async () => {
    const closed = test.open('closed');
    await closed.close();
    await closed.close();
    await expect(closed.transaction('operator', idsSeen)).rejects.toBeInstanceOf(TenantryError);
  });
});
