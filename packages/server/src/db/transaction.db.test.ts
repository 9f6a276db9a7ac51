import pg from 'pg';
import { expect, it, vi } from 'vitest';
import { clientConfig } from './connection.ts';
import { cloneDatabase } from './testing/index.ts';
import { openTx } from './transaction.ts';

const test = await cloneDatabase();

it('what is issued side by side leaves in one write, and what waits for an answer in the next', async () => {
  const client = new pg.Client({ ...clientConfig(test.connection, 'writes'), pipeline: true });
  await client.connect();
  const { stream } = client.connection;
  const writes = [vi.spyOn(stream, '_write'), vi.spyOn(stream as Required<typeof stream>, '_writev')];
  const written = (): number => writes.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  try {
    const { tx } = openTx(client, 0);
    const answers = await Promise.all(['1', '2', '3'].map((n) => tx.query<{ n: number }>(`select $1::int as n`, [n])));
    expect(answers.map(({ rows }) => rows[0]?.n)).toEqual([1, 2, 3]);
    expect(written()).toBe(1);
    await tx.query('select 1');
    expect(written()).toBe(2);
  } finally {
    await client.end();
  }
});
