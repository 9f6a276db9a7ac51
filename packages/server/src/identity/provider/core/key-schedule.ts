/**
 * When signing keys change. A key is published long before it signs, so that nobody who caches the set meets a
 * signature they cannot check, and stays published after another has taken over until what it signed has expired.
 */

export const SIGNING_ALGS = ['RS256', 'ES256', 'EdDSA'] as const;
export type SigningAlg = (typeof SIGNING_ALGS)[number];

export interface ScheduledKey {
  readonly kid: string;
  readonly alg: SigningAlg;
  readonly createdAt: Date;
  readonly signsFrom: Date;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

export const KEY_TIMES = {
  /** How long a key signs. */
  signsMs: 90 * DAY_MS,
  /** How long before that it is published. */
  aheadMs: 7 * DAY_MS,
  /** How long after that it is published; log-out by `id_token_hint` needs it longest. */
  keptMs: 14 * DAY_MS,
} as const;

export interface KeyPlan {
  /** Keys to make: for algorithms that lack one that signs, or the one after it. */
  readonly make: readonly { readonly alg: SigningAlg; readonly signsFrom: Date }[];
  readonly remove: readonly string[];
}

/** The key that signs for an algorithm: the youngest whose time has come. */
export function signingKeyOf<Key extends ScheduledKey>(
  keys: readonly Key[],
  alg: SigningAlg,
  now: Date,
): Key | undefined {
  return inOrder(keys, alg).findLast((key) => key.signsFrom <= now);
}

/** What has to change now. Repeating it changes nothing. */
export function planKeys(keys: readonly ScheduledKey[], now: Date): KeyPlan {
  const make: { alg: SigningAlg; signsFrom: Date }[] = [];
  const remove: string[] = [];
  for (const alg of SIGNING_ALGS) {
    const ordered = inOrder(keys, alg);
    const current = signingKeyOf(ordered, alg, now);
    if (current === undefined) {
      make.push({ alg, signsFrom: now });
      continue;
    }
    const youngest = ordered.at(-1) ?? current;
    const ends = youngest.signsFrom.getTime() + KEY_TIMES.signsMs;
    if (now.getTime() >= ends - KEY_TIMES.aheadMs) {
      // After an outage the end may have passed: the new one is still published for its whole lead.
      make.push({ alg, signsFrom: new Date(Math.max(ends, now.getTime() + KEY_TIMES.aheadMs)) });
    }
    for (const [index, key] of ordered.entries()) {
      const successor = ordered[index + 1];
      const replaced = successor !== undefined && successor.signsFrom.getTime() + KEY_TIMES.keptMs <= now.getTime();
      if (replaced) remove.push(key.kid);
    }
  }
  return { make, remove };
}

const inOrder = <Key extends ScheduledKey>(keys: readonly Key[], alg: SigningAlg): Key[] =>
  keys.filter((key) => key.alg === alg).sort((one, other) => one.signsFrom.getTime() - other.signsFrom.getTime());
