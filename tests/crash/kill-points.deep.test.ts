import { describe, expect, it } from 'vitest';
import { DELIVERIES, dieWhileApplying, dieWhileChecking, dieWhileUndoing, POINTS } from './kill-cases.ts';
import { faultsOfAudit } from './proofs.mjs';
import { openSuite } from './suite.ts';

const PRODUCT = POINTS.flatMap((point) => DELIVERIES.map((delivery) => [point, delivery] as const));

describe('with a lease of a second', async () => {
  const suite = await openSuite();

  it.for(PRODUCT)('death %s of an %s action: no step is lost and none is done twice', async ([point, delivery]) => {
    await dieWhileApplying(suite, point, delivery);
  });

  it.for(POINTS)('death %s of a check: it is made again', async (point) => {
    await dieWhileChecking(suite, point);
  });

  it.for(PRODUCT)('death %s of the undo of an %s action: all is taken back', async ([point, delivery]) => {
    await dieWhileUndoing(suite, point, delivery);
  });

  it('the audit chain of all of it seals and verifies', async () => {
    expect(await faultsOfAudit(suite.plane)).toEqual([]);
  });
});

describe('with the lease of production, five seconds', async () => {
  const suite = await openSuite({ leaseMs: 5_000 });

  it('a run whose worker died resumes by itself within 15 seconds', async () => {
    await dieWhileApplying(suite, 'after_call', 'readback');
  });
});
