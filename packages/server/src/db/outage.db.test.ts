import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from './database.ts';
import { type PrivateCluster, startPrivateCluster } from './testing/index.ts';
import type { Tx } from './transaction.ts';

let cluster: PrivateCluster;
beforeAll(async () => {
  cluster = await startPrivateCluster();
});
afterAll(() => cluster.dispose());

const open = (timeoutMs?: number) =>
  openDatabase({
    connection: cluster.connection,
    applicationName: 'outage',
    poolMax: 3,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });

const ask = async (tx: Tx): Promise<number> => (await tx.query<{ n: number }>('select 1 as n')).rows[0]?.n ?? 0;

/** Serves as soon as the server does: an outage ends without a restart of ours. */
const answersAgain = async (database: ReturnType<typeof open>): Promise<void> => {
  await expect.poll(() => database.transaction('operator', ask).catch(() => 0), { timeout: 10_000 }).toBe(1);
};

describe('an outage of PostgreSQL', () => {
  it('fails what is asked during a stop with database.unavailable, and the same pools serve after the start', async () => {
    const database = open();
    await Promise.all([1, 2, 3].map(() => database.transaction('operator', ask)));
    await cluster.stop();
    await expect(database.transaction('operator', ask)).rejects.toMatchObject({
      code: 'database.unavailable',
      retry: { afterMs: 1_000 },
    });
    await cluster.start();
    expect(await database.transaction('operator', ask)).toBe(1);
    await database.close();
  });

  it('fails the transaction that a crash cuts through, ends nothing else, and the supervisor brings the server back', async () => {
    const database = open();
    const cut = database.transaction('operator', async (tx) => {
      await ask(tx);
      cluster.kill();
      await tx.query('select pg_sleep(30)');
    });
    await expect(cut).rejects.toMatchObject({ code: 'database.unavailable' });
    await answersAgain(database);
    // The server answers a moment before its supervisor has seen it do so.
    await expect.poll(() => cluster.status()).toMatchObject({ state: 'running', restarts: 1 });
    await database.close();
  });

  it('does not claim that a commit failed when nobody can know', async () => {
    const database = open();
    const cut = database.transaction('owner', async (tx) => {
      await tx.query('create table if not exists probe (id int)');
      // A deferred trigger makes the commit itself wait, and the server dies meanwhile.
      await tx.query(
        'create function wait() returns trigger language plpgsql as $$ begin perform pg_sleep(30); return null; end $$',
      );
      await tx.query(
        'create constraint trigger wait after insert on probe deferrable initially deferred for each row execute function wait()',
      );
      await tx.query('insert into probe values (1)');
      setImmediate(() => cluster.kill());
    });
    await expect(cut).rejects.toMatchObject({
      code: 'database.unavailable',
      facts: { committed: 'unknown' },
      retry: 'never',
    });
    await answersAgain(database);
    await database.close();
  });

  it('gives up on a server that accepts and never answers', async () => {
    const database = open(1);
    await database.transaction('operator', ask, { timeoutMs: 10_000 });
    await cluster.freeze();
    await expect(database.transaction('operator', ask)).rejects.toMatchObject({ code: 'database.unavailable' });
    await cluster.thaw();
    await database.close();
  });

  it('reports a full disk as database.full and goes on when there is space', async () => {
    const database = open();
    const full = database.transaction('operator', (tx) =>
      tx.query("do $$ begin raise exception 'no space' using errcode = '53100'; end $$"),
    );
    await expect(full).rejects.toMatchObject({ code: 'database.full', retry: { afterMs: 30_000 } });
    expect(await database.transaction('operator', ask)).toBe(1);
    await database.close();
  });
});
