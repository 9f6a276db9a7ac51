import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CutInput, type Piece, planCuts } from './plan-cuts.ts';

const piece = (lengthUm: number, quantity: number, label = `${lengthUm}`, material = 'oak'): Piece => ({
  label,
  material,
  lengthUm,
  quantity,
});

const pieces = (maxUm: number) =>
  fc.array(
    fc.record({
      label: fc.constantFrom('rail', 'stile', 'shelf', 'leg'),
      material: fc.constantFrom('oak', 'ash'),
      lengthUm: fc.integer({ min: 1, max: maxUm }),
      quantity: fc.integer({ min: 1, max: 6 }),
    }),
    { maxLength: 8 },
  );

const inputs: fc.Arbitrary<CutInput> = fc.record({
  boards: pieces(6_000),
  parts: pieces(4_000),
  kerfUm: fc.integer({ min: 0, max: 40 }),
});

/** How many single parts of each kind: the same multiset must come out as went in. */
function countParts(parts: Iterable<{ key: string; quantity: number }>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { key, quantity } of parts) counts[key] = (counts[key] ?? 0) + quantity;
  return counts;
}

const keyOf = (material: string, part: { label: string; lengthUm: number }): string =>
  `${material}/${part.label}/${part.lengthUm}`;

describe('planCuts', () => {
  it('VAL-14: loses no part and invents none: each is placed or named as unplaced', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const plan = planCuts(input);
        const placed = plan.boards.flatMap((board) =>
          board.parts.map((part) => ({ key: keyOf(board.material, part), quantity: 1 })),
        );
        const left = plan.unplaced.map((part) => ({ key: keyOf(part.material, part), quantity: part.quantity }));
        const asked = input.parts.map((part) => ({ key: keyOf(part.material, part), quantity: part.quantity }));
        expect(countParts([...placed, ...left])).toEqual(countParts(asked));
      }),
    );
  });

  it('overfills no board, and keeps one kerf between neighbours', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        for (const board of planCuts(input).boards) {
          let freeFrom = 0;
          for (const part of board.parts) {
            expect(part.startUm).toBe(freeFrom);
            expect(part.startUm + part.lengthUm).toBeLessThanOrEqual(board.lengthUm);
            freeFrom = part.startUm + part.lengthUm + input.kerfUm;
          }
        }
      }),
    );
  });

  it('accounts for every micrometre of each board as part, kerf or offcut', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const plan = planCuts(input);
        for (const board of plan.boards) {
          const partsUm = board.parts.reduce((all, part) => all + part.lengthUm, 0);
          expect(partsUm + board.kerfUm + board.offcutUm).toBe(board.lengthUm);
          expect(board.offcutUm).toBeGreaterThanOrEqual(0);
        }
        const { stockUm, partsUm, kerfUm, offcutUm } = plan.totals;
        expect(partsUm + kerfUm + offcutUm).toBe(stockUm);
      }),
    );
  });

  it('uses no more boards of a length than the workshop has', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const stock = countParts(input.boards.map((b) => ({ key: keyOf(b.material, b), quantity: b.quantity })));
        const used = countParts(planCuts(input).boards.map((b) => ({ key: keyOf(b.material, b), quantity: 1 })));
        for (const [key, quantity] of Object.entries(used)) expect(quantity).toBeLessThanOrEqual(stock[key] ?? 0);
      }),
    );
  });

  it('leaves a part over only when no unused board is long enough for it', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const plan = planCuts(input);
        const unused = countParts([
          ...input.boards.map((b) => ({ key: keyOf(b.material, b), quantity: b.quantity })),
          ...plan.boards.map((b) => ({ key: keyOf(b.material, b), quantity: -1 })),
        ]);
        for (const part of plan.unplaced) {
          const fitting = input.boards.filter(
            (board) => board.material === part.material && board.lengthUm >= part.lengthUm,
          );
          for (const board of fitting) expect(unused[keyOf(board.material, board)]).toBe(0);
        }
      }),
    );
  });

  it('fits parts that use the board to the last micrometre, kerf included', () => {
    const plan = planCuts({ boards: [piece(2_006, 1)], parts: [piece(1_000, 2)], kerfUm: 6 });
    expect(plan.boards).toEqual([
      {
        label: '2006',
        material: 'oak',
        lengthUm: 2_006,
        parts: [
          { label: '1000', startUm: 0, lengthUm: 1_000 },
          { label: '1000', startUm: 1_006, lengthUm: 1_000 },
        ],
        kerfUm: 6,
        offcutUm: 0,
      },
    ]);
  });

  it('does not fit two halves of a board, because the saw takes its share', () => {
    const plan = planCuts({ boards: [piece(2_000, 1)], parts: [piece(1_000, 2)], kerfUm: 3 });
    expect(plan.boards.map((board) => board.parts.length)).toEqual([1]);
    expect(plan.unplaced).toEqual([piece(1_000, 1)]);
  });

  it('leaves no offcut when the rest is thinner than the blade', () => {
    const plan = planCuts({ boards: [piece(1_002, 1)], parts: [piece(1_000, 1)], kerfUm: 3 });
    expect(plan.boards[0]).toMatchObject({ kerfUm: 2, offcutUm: 0 });
  });

  it('takes the short board when the part fits it', () => {
    const plan = planCuts({ boards: [piece(3_000, 1), piece(1_200, 1)], parts: [piece(1_000, 1)], kerfUm: 3 });
    expect(plan.boards.map((board) => board.lengthUm)).toEqual([1_200]);
  });

  it('never cuts a part from another material', () => {
    const plan = planCuts({ boards: [piece(3_000, 1, 'b', 'ash')], parts: [piece(1_000, 1)], kerfUm: 3 });
    expect(plan).toMatchObject({ boards: [], totals: { yield: 0 } });
    expect(plan.unplaced).toHaveLength(1);
  });
});
