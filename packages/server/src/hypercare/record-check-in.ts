import { z } from 'zod';
import type { Ctx } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { type Applied, defineAction } from '../connectors/kit/index.ts';
import { loadTenant, tenantOf } from '../tenants/index.ts';
import { findCheckIn } from './check-ins.ts';
import { saidLines, saidResolutions } from './core/said-lines.ts';
import { asStep, type HypercareDeps, reading } from './hypercare-deps.ts';
import { closeIssue, lockIssues, openIssue } from './issues.ts';

const TEXT_MAX = 10_000;
const said = z.string().max(TEXT_MAX).default('');

const input = z.strictObject({
  tenant: z.uuid().optional().describe('Id of the tenant; that of the run unless given'),
  from: z.iso.datetime().describe('The time the check-in was about'),
  to: z.iso.datetime().describe('The next check-in counts from here'),
  report_sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('Hash of the report the customer was called with'),
  feedback: z.string().min(1).max(TEXT_MAX),
  issues: said.describe('New issues, one a line'),
  actions: said.describe('New action items, one a line'),
  resolved: said.describe('What is done: a line such as `#3 The cache was too small` for each'),
  next: z.iso.date().optional().describe('Day of the next check-in'),
});
const output = z.strictObject({
  opened: z.array(z.int()),
  resolved: z.array(z.int()),
  /** Lines of `resolved` that name nothing that is open. */
  not_understood: z.array(z.string()),
});

type Input = z.output<typeof input>;
type Output = z.output<typeof output>;

const undoFacts = z.object({ tenant_id: z.string(), key: z.string() });

/** `hypercare.record_check_in`: what a customer said, what is wrong and what is to be done, kept until it is resolved (HYP-12 to HYP-15). */
export const recordCheckInAction = (deps: HypercareDeps) =>
  defineAction<Input, Output>({
    name: 'hypercare.record_check_in',
    version: 1,
    summary: 'Keeps what came out of a check-in: feedback, issues, action items, what is resolved',
    delivery: 'idempotent',
    undoability: 'reversible',
    input,
    output,

    async plan(ctx) {
      return { changes: [{ verb: 'create', kind: 'check-in', name: ctx.tenant?.slug ?? 'a tenant' }] };
    },

    async apply(ctx, given): Promise<Applied<Output>> {
      const tenantId = tenantOf(ctx, given.tenant);
      return asStep(deps, ctx, async (step) => {
        await lockIssues(step.tx, tenantId);
        const { slug } = await loadTenant(step.tx, tenantId);
        if ((await findCheckIn(step.tx, tenantId, ctx.key)) === undefined) await keep(step, tenantId, ctx.key, given);
        const made = await outcomeOf(step, tenantId, ctx.key);
        const { resolved, notUnderstood } = saidResolutions(given.resolved);
        const unknown = resolved
          .filter(({ number }) => !made.resolved.includes(number))
          .map(({ number }) => `#${number}`);
        return {
          output: { ...made, not_understood: [...notUnderstood, ...unknown] },
          resources: [
            {
              kind: 'check-in',
              externalId: `${tenantId}/${ctx.key}`,
              name: `${slug}, ${given.to.slice(0, 10)}`,
              claim: 'created',
              undo: { tenant_id: tenantId, key: ctx.key },
            },
          ],
        };
      });
    },

    async verify(ctx, given, { output: made }) {
      const held = await reading(deps, (tx) => findCheckIn(tx, tenantOf(ctx, given.tenant), ctx.key));
      const expected = { report_sha256: given.report_sha256, feedback: given.feedback, next_on: given.next ?? null };
      const { report_sha256, feedback, next_on } = held ?? {};
      const ok =
        report_sha256 === expected.report_sha256 && feedback === expected.feedback && next_on === expected.next_on;
      return { ok, expected, actual: held ?? null, output: made };
    },

    async undo(ctx, { undo }) {
      const { tenant_id: tenantId, key } = undoFacts.parse(undo);
      return asStep(deps, ctx, async ({ tx }) => {
        const gone = await tx.query('delete from tenant_check_ins where tenant_id = $1 and key = $2', [tenantId, key]);
        if ((gone.rowCount ?? 0) === 0) return { outcome: 'absent' };
        await tx.query(
          `update tenant_issues set status = 'open', resolution = null, resolved_key = null, resolved_by = null, resolved_at = null
           where tenant_id = $1 and resolved_key = $2`,
          [tenantId, key],
        );
        await tx.query('delete from tenant_issues where tenant_id = $1 and starts_with(opened_key, $2)', [
          tenantId,
          `${key}:`,
        ]);
        return { outcome: 'removed' };
      });
    },
  });

async function keep(ctx: Ctx, tenantId: string, key: string, given: Input): Promise<void> {
  const { actor, now } = ctx;
  await ctx.tx.query(
    `insert into tenant_check_ins (tenant_id, key, starts_at, ends_at, report_sha256, feedback, next_on, recorded_by, recorded_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      ...[tenantId, key, given.from, given.to, given.report_sha256, given.feedback, given.next ?? null],
      ...[actor.kind === 'run' ? `run ${actor.runId} step ${actor.stepId}` : actor.kind, now],
    ],
  );
  // What was resolved is closed first: a line may say at once that the same thing came back.
  for (const { number, resolution } of saidResolutions(given.resolved).resolved) {
    await closeIssue(ctx, tenantId, { number, resolution, key });
  }
  for (const [kind, text] of [
    ['issue', given.issues],
    ['action', given.actions],
  ] as const) {
    for (const [place, title] of saidLines(text).entries()) {
      await openIssue(ctx, tenantId, { kind, title, key: `${key}:${kind}:${place}` });
    }
  }
  await recordAudit(ctx, {
    action: 'check_in.recorded',
    tenantId,
    subject: { kind: 'check_in', id: `${tenantId}/${key}` },
    detail: { from: given.from, to: given.to, report_sha256: given.report_sha256, next: given.next ?? null },
  });
}

async function outcomeOf({ tx }: Ctx, tenantId: string, key: string): Promise<Omit<Output, 'not_understood'>> {
  const { rows } = await tx.query<{ number: number; opened: boolean; resolved: boolean }>(
    `select number, starts_with(opened_key, $3) as opened, coalesce(resolved_key = $2, false) as resolved
     from tenant_issues where tenant_id = $1 and (starts_with(opened_key, $3) or resolved_key = $2) order by number`,
    [tenantId, key, `${key}:`],
  );
  return {
    opened: rows.filter(({ opened }) => opened).map(({ number }) => number),
    resolved: rows.filter(({ resolved }) => resolved).map(({ number }) => number),
  };
}
