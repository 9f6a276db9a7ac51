import { z } from 'zod';
import { type Applied, defineAction, isKnown, type ResourceClaim } from '../connectors/kit/index.ts';
import { loadTenant, tenantOf } from '../tenants/index.ts';
import { breachText } from './core/words.ts';
import { watchTenant } from './figures.ts';
import { asStep, type HypercareDeps, type OpenedFinding, reading } from './hypercare-deps.ts';
import { listIssues, lockIssues, openFindings, openIssue } from './issues.ts';

const input = z.strictObject({
  tenant: z.uuid().optional().describe('Id of the tenant; that of the run unless given'),
  tell: z.string().optional().describe('Role of the runbook that is told by mail of what was opened'),
});
const output = z.strictObject({
  /** Numbers of the findings this work opened. */
  opened: z.array(z.int()),
  /** Of those that were open already for a figure that is still past its bound. */
  still_open: z.array(z.int()),
});

type Input = z.output<typeof input>;
type Output = z.output<typeof output>;

const undoFacts = z.object({ tenant_id: z.string(), number: z.int() });

/**
 * `hypercare.watch`: every figure of the last 24 hours that is past its alert or has shot up is a finding, opened once
 * and told to whoever is on watch (HYP-05 to HYP-09).
 */
export const watchAction = (deps: HypercareDeps) =>
  defineAction<Input, Output>({
    name: 'hypercare.watch',
    version: 1,
    summary:
      'Opens a finding for each figure of the last day that is past its alert or has shot up, and tells who watches',
    delivery: 'idempotent',
    undoability: 'reversible',
    input,
    output,

    async plan(ctx, wanted) {
      const name = ctx.tenant?.slug ?? 'a tenant';
      const told =
        isKnown(wanted) && isKnown(wanted.tell) && wanted.tell !== undefined ? ` told to ${wanted.tell}` : '';
      return {
        changes: [{ verb: 'create', kind: 'findings', name: `where figures of ${name} pass their bound${told}` }],
      };
    },

    async apply(ctx, wanted): Promise<Applied<Output>> {
      const tenantId = tenantOf(ctx, wanted.tenant);
      return asStep(deps, ctx, async (step) => {
        await lockIssues(step.tx, tenantId);
        const { slug } = await loadTenant(step.tx, tenantId);
        const { breaches } = await watchTenant(step.tx, tenantId, ctx.now);
        const mine = new Map((await openedBy(step.tx, tenantId, ctx.key)).map(({ key, number }) => [key, number]));
        const known = await openFindings(step.tx, tenantId);
        const opened: OpenedFinding[] = [];
        const stillOpen: number[] = [];
        for (const breach of breaches) {
          const key = `${ctx.key}:${breach.metric}`;
          const number = known.get(breach.metric);
          if (number !== undefined && !mine.has(key)) stillOpen.push(number);
          else {
            const title = breachText(breach);
            opened.push({ title, number: await openIssue(step, tenantId, { kind: 'finding', title, key, breach }) });
          }
        }
        if (wanted.tell !== undefined && opened.length > 0) {
          const tenant = { id: tenantId, slug };
          await deps.tellFindings(step, { runId: ctx.run.id, tenant, role: wanted.tell, findings: opened });
        }
        return {
          output: { opened: opened.map(({ number }) => number), still_open: stillOpen },
          resources: opened.map((finding) => resourceOf(tenantId, slug, finding)),
        };
      });
    },

    /** Resolved since is no drift: it was opened, and somebody has answered it. */
    async verify(ctx, wanted, { output: made }) {
      const issues = await reading(deps, (tx) => listIssues(tx, tenantOf(ctx, wanted.tenant)));
      const there = made.opened.filter((number) =>
        issues.some((issue) => issue.number === number && issue.kind === 'finding'),
      );
      const ok = there.length === made.opened.length;
      return { ok, expected: { opened: made.opened }, actual: { opened: there }, output: made };
    },

    async undo(ctx, { undo }) {
      const { tenant_id: tenantId, number } = undoFacts.parse(undo);
      return asStep(deps, ctx, async ({ tx }) => {
        const { rowCount } = await tx.query(
          `delete from tenant_issues where tenant_id = $1 and number = $2 and status = 'open'`,
          [tenantId, number],
        );
        return { outcome: (rowCount ?? 0) > 0 ? 'removed' : 'absent' };
      });
    },
  });

const resourceOf = (tenantId: string, slug: string, { number, title }: OpenedFinding): ResourceClaim => ({
  kind: 'finding',
  externalId: `${tenantId}#${number}`,
  name: `${slug} #${number}: ${title}`,
  claim: 'created',
  undo: { tenant_id: tenantId, number },
});

async function openedBy(
  tx: Parameters<typeof openFindings>[0],
  tenantId: string,
  key: string,
): Promise<readonly { readonly key: string; readonly number: number }[]> {
  const { rows } = await tx.query<{ key: string; number: number }>(
    'select opened_key as key, number from tenant_issues where tenant_id = $1 and starts_with(opened_key, $2)',
    [tenantId, `${key}:`],
  );
  return rows;
}
