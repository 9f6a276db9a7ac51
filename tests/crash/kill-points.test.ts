import { describe, expect, it } from 'vitest';
import { dieWhileApplying, dieWhileChecking, dieWhileUndoing } from './kill-cases.ts';
import { faultsOfAudit } from './proofs.mjs';
import { openSuite } from './suite.ts';

const suite = await openSuite();

describe('a worker that dies by SIGKILL', () => {
  it.for([
    ['after_intent', 'idempotent'],
    ['after_call', 'idempotent'],
    ['after_call', 'readback'],
    ['after_call', 'unknown'],
    ['before_commit', 'readback'],
    ['after_commit', 'unknown'],
  ] as const)('%s of an %s action: the other worker takes the run on', async ([point, delivery]) => {
    await dieWhileApplying(suite, point, delivery);
  });

  it('before the commit of a check: the check is made again and the run goes on', async () => {
    await dieWhileChecking(suite, 'before_commit');
  });

  it('after the call of an undo: nothing is taken back twice and nothing is left', async () => {
    await dieWhileUndoing(suite, 'after_call', 'readback');
  });

  it('leaves an audit chain that seals and verifies', async () => {
    expect(await faultsOfAudit(suite.plane)).toEqual([]);
  });
});
