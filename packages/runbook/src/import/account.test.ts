import { describe, expect, it } from 'vitest';
import { accountFor } from './account.ts';
import type { Unit } from './unit.ts';

const unit = (text: string, line = 1): Unit => ({ kind: 'item', line, endLine: line, text, spent: [], twins: [] });

describe('the account of an import', () => {
  it('does not believe a place that lacks a word', () => {
    const lost = unit('call the client twice');
    const placed = [{ unit: lost, path: 'about.purpose', words: 'purpose call the client' }];
    expect(accountFor('call the client twice', [lost], placed).unaccounted).toMatchObject([
      { line: 1, became: ['about.purpose'] },
    ]);
  });

  it('asks for a word as often as it was written', () => {
    const twice = unit('again and again');
    expect(
      accountFor('again and again', [twice], [{ unit: twice, path: 'x', words: 'and again' }]).unaccounted,
    ).toHaveLength(1);
  });

  it('counts what became a key of another kind', () => {
    const timed = unit('Intake (1 day)');
    timed.spent.push('(1 day)');
    expect(accountFor('Intake (1 day)', [timed], [{ unit: timed, path: 'x', words: 'Intake' }]).unaccounted).toEqual(
      [],
    );
  });

  it('finds a piece that was placed nowhere, and a line that belongs to no piece', () => {
    const { unaccounted } = accountFor('first\nsecond', [unit('first')], []);
    expect(unaccounted.map(({ line, kind }) => [line, kind])).toEqual([
      [2, 'line'],
      [1, 'item'],
    ]);
  });
});
