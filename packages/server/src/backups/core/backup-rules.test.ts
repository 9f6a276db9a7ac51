import { describe, expect, it } from 'vitest';
import { misfits } from './manifest.ts';
import { expiredBackups, keepDays, keepUntil, nextDue } from './retention.ts';
import { fileNameOf, isStamp, stampOf } from './stamp.ts';
import { orderTables } from './table-order.ts';

const AT = new Date('2026-01-23T14:05:30.999Z');

describe('names of backups', () => {
  it('RBK-18: <database>_<YYYYMMDD_HHMMSS>.dump.gz, and .enc for what keeps it shut', () => {
    const stamp = stampOf(AT);
    expect(stamp).toBe('20260123_140530');
    expect(isStamp(stamp)).toBe(true);
    expect(['latest', '20260123', '20260123-140530', ''].some(isStamp)).toBe(false);
    expect(fileNameOf({ database: 'cutlist', stamp, payload: 'dump.gz' })).toBe('cutlist_20260123_140530.dump.gz.enc');
    expect(fileNameOf({ database: 'cutlist', stamp, payload: 'pgdump', tenantId: 'T' })).toBe(
      'cutlist.T_20260123_140530.pgdump.enc',
    );
  });
});

describe('the order of tables', () => {
  it('puts what is pointed at first, and is the same however they are named', () => {
    const tables = ['c', 'a', 'b'];
    const references = [
      { from: 'a', to: 'b', deferrable: false },
      { from: 'b', to: 'c', deferrable: false },
      { from: 'a', to: 'a', deferrable: false },
      { from: 'a', to: 'elsewhere', deferrable: false },
    ];
    expect(orderTables(tables, references)).toEqual({ order: ['c', 'b', 'a'], ring: [] });
    expect(orderTables(tables.toReversed(), references.toReversed()).order).toEqual(['c', 'b', 'a']);
  });

  it('names the tables of a ring, which one deferrable key breaks', () => {
    const ring = (deferrable: boolean) => [
      { from: 'a', to: 'b', deferrable },
      { from: 'b', to: 'a', deferrable: false },
    ];
    expect(orderTables(['a', 'b', 'c'], ring(false))).toEqual({ order: ['c'], ring: ['a', 'b'] });
    expect(orderTables(['a', 'b'], ring(true))).toEqual({ order: ['a', 'b'], ring: [] });
  });
});

describe('how long backups are kept', () => {
  const day = (n: number) => new Date(AT.getTime() + n * 86_400_000);
  const backup = (id: string, createdAt: Date, keep: number, series = 's', status = 'ready', erased = false) => ({
    erased,
    id,
    status,
    series,
    createdAt,
    keepUntil: keepUntil(createdAt, keep),
    stamp: stampOf(createdAt),
  });

  it('RBK-24: 30 days or more, and less is refused', () => {
    expect([keepDays('30d'), keepDays('12w')]).toEqual([30, 84]);
    for (const text of ['29d', '4w', '0d', '', '30', 'forever']) {
      expect(() => keepDays(text), text).toThrow(expect.objectContaining({ code: 'request.invalid' }));
    }
  });

  it('RBK-24: none younger than 30 days is removed, whatever its row says', () => {
    const all = [backup('new', day(30), 30), backup('old', AT, 30), backup('short', AT, 1)];
    expect(expiredBackups(all, day(29.99))).toEqual([]);
    expect(expiredBackups(all, day(30))).toEqual(['old', 'short']);
  });

  it('the newest good one of a series stays, however old', () => {
    const all = [
      backup('a', AT, 30),
      backup('failed', day(5), 30, 's', 'failed'),
      backup('other', AT, 30, 't'),
      backup('gone', AT, 30, 's', 'gone'),
    ];
    expect(expiredBackups(all, day(400))).toEqual(['failed']);
  });

  it('the newest of an erased tenant goes when its time is over', () => {
    const last = [backup('last', AT, 30, 's', 'ready', true)];
    expect([expiredBackups(last, day(29)), expiredBackups(last, day(30))]).toEqual([[], ['last']]);
  });

  it('RBK-26: daily and weekly are a day and a week', () => {
    expect([nextDue(AT, 'daily'), nextDue(AT, 'weekly')]).toEqual([day(1), day(7)]);
  });
});

describe('whether a backup fits', () => {
  const column = (name: string, type = 'text', required = true) => ({ name, type, required });
  const table = (...columns: ReturnType<typeof column>[]) => ({ name: 'public.t', columns, key: [] });
  const live = (optional: string[], ...columns: ReturnType<typeof column>[]) => [{ ...table(...columns), optional }];

  it('names a table, a column and a type that differ, and a value that is missing', () => {
    expect(misfits([table(column('a'))], [])).toEqual(['the database has no table public.t']);
    expect(misfits([table(column('a'), column('b'))], live([], column('a', 'integer')))).toEqual([
      'public.t.a is text in the backup and integer in the database',
      'public.t has no column b in the database',
    ]);
    expect(misfits([table(column('a'))], live([], column('a'), column('n')))).toEqual([
      'public.t.n needs a value and the backup has none',
    ]);
  });

  it('takes a column that came later and may be left out for no difference', () => {
    expect(misfits([table(column('a'))], live(['n'], column('a'), column('n')))).toEqual([]);
  });
});
