/** Mails about findings (HYP-09): the watch knows roles, people know addresses; here they meet. */
import { toWireId } from '@tenantry/contract';
import type { Ctx } from './access/index.ts';
import type { Telling } from './hypercare/index.ts';
import { enqueueMail } from './notifications/index.ts';
import { addressesOfRole } from './people/index.ts';
import { loadRun } from './runbooks/index.ts';

/** One mail for each person and set of findings: the step may be done again. */
export async function tellFindings(ctx: Ctx, { runId, tenant, role, findings }: Telling): Promise<void> {
  const { meta, runbook } = await loadRun(ctx.tx, runId);
  const contact = meta.contacts[role];
  const addresses = contact === undefined ? await addressesOfRole(ctx.tx, { role, ...meta }) : [contact];
  const numbers = findings.map(({ number }) => number);
  for (const address of addresses) {
    await enqueueMail(ctx, {
      tenantId: null,
      to: address,
      template: 'findings',
      key: `findings:${tenant.id}/${numbers.join(',')}/${address}`,
      values: {
        tenant: tenant.slug,
        run: meta.title,
        id: toWireId('run', runId),
        role: runbook.roles[role]?.title ?? role,
        findings: findings.map(({ number, title }) => `#${number} ${title}`).join('\n\n'),
      },
    });
  }
}
