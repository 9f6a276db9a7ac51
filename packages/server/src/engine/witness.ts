/**
 * Who may declare others dead. After an outage of the database, or a sleep of our own, the heartbeats of the living
 * are as old as those of the dead. So a worker only judges once it has beaten without a gap for a whole lease: by
 * then everybody who lives has beaten as well.
 */
export interface Witness {
  /** Carries a heartbeat out and notes whether, and when, it got through. */
  watch(beat: () => Promise<void>): Promise<void>;
  isFit(): boolean;
}

/** `clock`: monotonic milliseconds. */
export function openWitness(leaseMs: number, clock: () => number = () => performance.now()): Witness {
  let steadySince: number | undefined;
  let beatAt = 0;
  return {
    watch: async (beat) => {
      try {
        await beat();
      } catch (error) {
        steadySince = undefined;
        throw error;
      }
      const now = clock();
      if (steadySince === undefined || now - beatAt > leaseMs) steadySince = now;
      beatAt = now;
    },
    isFit: () => {
      const now = clock();
      return steadySince !== undefined && now - beatAt <= leaseMs && now - steadySince >= leaseMs;
    },
  };
}
