import { expect, it } from 'vitest';
import { openWitness } from './witness.ts';

const LEASE_MS = 1_000;

function witnessAt() {
  let now = 0;
  const witness = openWitness(LEASE_MS, () => now);
  const beat = (): Promise<void> => witness.watch(async () => undefined);
  return {
    witness,
    pass: (ms: number) => {
      now += ms;
    },
    beat,
    /** Beats every quarter of the lease. */
    beatFor: async (ms: number) => {
      for (const end = now + ms; now < end; ) {
        now += LEASE_MS / 4;
        await beat();
      }
    },
  };
}

it('a worker that has just begun declares nobody dead', async () => {
  const { witness, beat, beatFor } = witnessAt();
  expect(witness.isFit()).toBe(false);
  await beat();
  expect(witness.isFit()).toBe(false);
  await beatFor(LEASE_MS);
  expect(witness.isFit()).toBe(true);
});

it('after an outage of the database everybody gets a lease of time before anybody is declared dead', async () => {
  const { witness, beat, beatFor, pass } = witnessAt();
  await beat();
  await beatFor(LEASE_MS);
  pass(250);
  await expect(
    witness.watch(async () => {
      throw new Error('away');
    }),
  ).rejects.toThrow('away');
  expect(witness.isFit()).toBe(false);
  pass(250);
  await beat();
  await beatFor(LEASE_MS - 250);
  expect(witness.isFit()).toBe(false);
  await beatFor(250);
  expect(witness.isFit()).toBe(true);
});

it('a worker that slept, or whose heartbeat hung, does not judge by its own stale clock', async () => {
  const { witness, beat, beatFor, pass } = witnessAt();
  await beat();
  await beatFor(LEASE_MS);
  pass(60_000);
  expect(witness.isFit()).toBe(false);
  await beat();
  expect(witness.isFit()).toBe(false);
});
