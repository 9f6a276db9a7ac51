import { TenantryError } from '@tenantry/contract';
import type { Runbook } from '@tenantry/runbook';
import { type Ctx, permit } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Tx } from '../../db/index.ts';
import { dayOf, isDue, nextReview } from './core/review.ts';
import { loadRunbook } from './load-runbook.ts';

export interface ReviewInput {
  readonly id: string;
  readonly version: string;
  /** Needed when the person holds several of the roles that may. */
  readonly role?: string;
  readonly note?: string;
  /** Where the runbook does not say how often, or this once it is to be another day. */
  readonly nextOn?: string;
}

/** Who looks after a runbook: its owner where that is a role of it, whoever answers for it, and who approves it. */
export const reviewersOf = ({ owner, roles, about }: Runbook): readonly string[] => [
  ...new Set([...(Object.hasOwn(roles, owner) ? [owner] : []), ...(about.raci.accountable ?? []), ...about.approvers]),
];

/**
 * Records that somebody looked whether a version still says what is done, and when that is due again (RUN-02).
 *
 * @throws runbook.not_found, access.forbidden, request.invalid when the next day is past, or cannot be told
 */
export async function reviewRunbook(ctx: Ctx, input: ReviewInput): Promise<void> {
  permit(ctx.actor, 'runbooks:write');
  const { definition, hash } = await loadRunbook(ctx.tx, input.id, input.version);
  const { actor } = ctx;
  const roles = reviewersOf(definition);
  const role =
    actor.kind === 'person' ? roles.find((each) => actor.roles.includes(each) && mayBe(input.role, each)) : undefined;
  if (actor.kind !== 'person' || role === undefined) {
    throw new TenantryError('access.forbidden', `Reviewing ${input.id} is for ${roles.join(' or ') || 'nobody'}.`, {
      next: 'Ask somebody in that role.',
      facts: { roles },
    });
  }
  const nextOn = input.nextOn ?? nextReview(definition.about.review?.every ?? '', dayOf(ctx.now));
  if (nextOn === undefined || isDue(nextOn, ctx.now)) {
    const message =
      nextOn === undefined ? 'the runbook does not say how often it is reviewed' : `${nextOn} is not to come`;
    throw new TenantryError('request.invalid', `The next review of ${input.id} cannot be set: ${message}.`, {
      faults: [{ path: 'next_on', message }],
      next: 'Name the day of the next review.',
    });
  }
  await ctx.tx.query(
    `insert into runbook_reviews (runbook_id, version, role, person_id, person_name, note, reviewed_at, next_on)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [input.id, input.version, role, actor.id, actor.name, input.note ?? null, ctx.now, nextOn],
  );
  await recordAudit(ctx, {
    action: 'runbook.reviewed',
    subject: { kind: 'runbook', id: `${input.id}@${input.version}`, name: definition.title },
    detail: { role, hash, next_on: nextOn, ...(input.note === undefined ? {} : { note: input.note }) },
  });
}

const mayBe = (wanted: string | undefined, role: string): boolean => wanted === undefined || wanted === role;

export interface DueReview {
  readonly runbook: Runbook;
  readonly nextOn: string;
}

/** Newest versions whose review is due. */
export async function dueReviews(tx: Tx, now: Date): Promise<readonly DueReview[]> {
  const { rows } = await tx.query<{ definition: Runbook; next_on: string | null }>(
    `select distinct on (v.runbook_id) v.definition, coalesce(
       (select r.next_on::text from runbook_reviews r where r.runbook_id = v.runbook_id and r.version = v.version
        order by r.position desc limit 1), v.definition #>> '{about,review,next}') as next_on
     from runbook_versions v order by v.runbook_id, v.published_at desc`,
  );
  return rows.flatMap(({ definition, next_on: nextOn }) =>
    nextOn !== null && isDay(nextOn) && isDue(nextOn, now) ? [{ runbook: definition, nextOn }] : [],
  );
}

/** An author may have written anything. */
export const isDay = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
