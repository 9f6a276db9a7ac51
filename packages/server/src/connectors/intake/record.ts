/**
 * `intake.record`: judges a record that an intake file carries, such as the completed sales handoff, by
 * itself: is it whole, who made it and when, and is the content still the one that was hashed (INT-01, INT-15).
 */
import { canonicalJson } from '@tenantry/contract';
import { z } from 'zod';
import { defineCheck, json, sha256 } from '../kit/index.ts';

const text = z.string().trim().min(1);

/** Loose on purpose: what is missing is a fact to report, all at once, not an error. */
const record = z.object({
  content: z.record(z.string(), json()).optional(),
  recorded_by: z
    .object({ name: z.string().optional(), email: z.string().optional(), role: z.string().optional() })
    .optional(),
  /** ISO 8601 with a zone. */
  recorded_at: z.string().optional(),
  /** Lower-case hex of SHA-256 over the canonical JSON (RFC 8785) of `content`. */
  sha256: z.string().optional(),
});

const input = z.strictObject({
  record,
  /** Dotted paths within `content` that must hold something, e.g. `customer.name`. */
  required: z.array(z.string().min(1)).default([]),
  /** The role that had to record it, as the runbook names it. */
  role: z.string().min(1).optional(),
});

const output = z.strictObject({
  /** Nothing is missing, the hash matches and the role is the one expected. */
  complete: z.boolean(),
  /** Paths without a value: of the content first, then of the record itself. */
  missing: z.array(z.string()),
  /** Of the required paths, how many hold something: 0 to 100 (INT-07). */
  percent: z.number(),
  hash_matches: z.boolean(),
  role_matches: z.boolean(),
  recorded_by: z.strictObject({ name: z.string(), email: z.string() }),
  recorded_at: z.string(),
  role: z.string(),
  /** The hash of the content as it stands. */
  sha256: z.string(),
});

type Input = z.infer<typeof input>;

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inside, part) => {
    if (typeof inside !== 'object' || inside === null || !Object.hasOwn(inside, part)) return undefined;
    return Reflect.get(inside, part);
  }, value);
}

/** `false` and `0` are answers; blanks, empty lists and empty maps are not. */
function isBlank(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function missingOf({ record: given, required }: Input): string[] {
  const own: Readonly<Record<string, boolean>> = {
    content: !isBlank(given.content),
    'recorded_by.name': text.safeParse(given.recorded_by?.name).success,
    'recorded_by.email': z.email().safeParse(given.recorded_by?.email).success,
    'recorded_by.role': text.safeParse(given.recorded_by?.role).success,
    recorded_at: z.iso.datetime({ offset: true }).safeParse(given.recorded_at).success,
    sha256: /^[0-9a-f]{64}$/.test(given.sha256 ?? ''),
  };
  return [
    ...required.filter((path) => isBlank(valueAt(given.content, path))).map((path) => `content.${path}`),
    ...Object.keys(own).filter((path) => own[path] === false),
  ];
}

function percentOf({ record: { content }, required }: Input): number {
  if (required.length === 0) return 100;
  const answered = required.filter((path) => !isBlank(valueAt(content, path))).length;
  return Math.floor((answered / required.length) * 100);
}

export const recordCheck = defineCheck<Input, z.infer<typeof output>>({
  name: 'intake.record',
  version: 1,
  summary: 'Says whether a record in the intake is complete, by whom it was made, and whether its hash holds',
  input,
  output,
  async run(_ctx, given) {
    const { content, recorded_by: by, recorded_at: at } = given.record;
    const hash = sha256(canonicalJson(content ?? {}));
    const missing = missingOf(given);
    const hashMatches = content !== undefined && given.record.sha256 === hash;
    const roleMatches = given.role === undefined || by?.role === given.role;
    return {
      complete: missing.length === 0 && hashMatches && roleMatches,
      missing,
      percent: percentOf(given),
      hash_matches: hashMatches,
      role_matches: roleMatches,
      recorded_by: { name: by?.name ?? '', email: by?.email ?? '' },
      recorded_at: at ?? '',
      role: by?.role ?? '',
      sha256: hash,
    };
  },
});
