import type { FastifyRequest } from 'fastify';
import { auditAct } from '../audit/list-audit.ts';
import type { CutlistContext } from '../context.ts';
import { actFor } from '../http/access.ts';
import { computeCutList } from '../projects/cut-list.ts';
import { Refusal } from '../refusal.ts';
import { deliver } from './deliver.ts';
import { listIntegrations } from './integrations.ts';

export interface CutListToSend {
  readonly projectId: string;
  readonly integration: string;
  /** The receiver is told that nothing is to be cut. */
  readonly test: boolean;
}

/**
 * Sends a project's cut list to a system of the client, and keeps on record that it went. No transaction is open while the
 * other side takes its time.
 *
 * @throws Refusal not_found for a project or an integration there is not; integration_failed when it was not taken
 */
export async function sendCutList(
  context: CutlistContext,
  request: FastifyRequest,
  { projectId, integration: name, test }: CutListToSend,
): Promise<{ readonly status: number }> {
  const [cutList, integrations] = await actFor(context, request, async (act) => [
    await computeCutList(act, projectId),
    await listIntegrations(act),
  ]);
  const integration = integrations.find((one) => one.name === name);
  if (integration === undefined) throw new Refusal('not_found', `There is no integration called "${name}".`);
  const delivery = await deliver(integration.url, { event: 'cut_list', test, cut_list: cutList });
  await actFor(context, request, (act) =>
    auditAct(act, delivery.taken ? 'cut_list.sent' : 'cut_list.not_sent', {
      project: projectId,
      integration: name,
      test,
    }),
  );
  if (!delivery.taken) throw new Refusal('integration_failed', `${name} did not take the cut list. ${delivery.why}`);
  return { status: delivery.status };
}
