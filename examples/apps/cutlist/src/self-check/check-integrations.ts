import type { FastifyInstance } from 'fastify';
import type { CutlistContext } from '../context.ts';
import type { Integration } from '../integrations/integrations.ts';
import { asVisitor, draftProject, type Probe } from './probe.ts';

export interface IntegrationCheck {
  /** By name: whether it took what it was sent. */
  readonly integrations: Readonly<Record<string, boolean>>;
  /** By name: what those that did not take it answered. */
  readonly faults: Readonly<Record<string, string>>;
}

/**
 * Sends each system of the client one cut list marked as a test, as a person of the workshop would (VAL-16).
 *
 * @throws Refusal not_found for a workshop there is not
 */
export const checkIntegrations = (
  app: FastifyInstance,
  context: CutlistContext,
  tenantId: string,
): Promise<IntegrationCheck> =>
  asVisitor(app, context, tenantId, async (probe) => {
    const listed = await probe.call('GET', '/api/integrations');
    const known =
      listed.status === 200 ? (JSON.parse(listed.body) as { integrations: Integration[] }).integrations : [];
    const created = await probe.call('POST', '/api/projects', draftProject());
    const project = created.status === 201 ? (JSON.parse(created.body) as { id: string }).id : undefined;
    const integrations: Record<string, boolean> = {};
    const faults: Record<string, string> = {};
    for (const { name } of known) {
      const fault = project === undefined ? 'There is no project to send.' : await trySending(probe, project, name);
      integrations[name] = fault === undefined;
      if (fault !== undefined) faults[name] = fault;
    }
    return { integrations, faults };
  });

async function trySending({ call }: Probe, project: string, integration: string): Promise<string | undefined> {
  const answer = await call('POST', `/api/projects/${project}/send`, { integration, test: true });
  if (answer.status === 200) return undefined;
  return (JSON.parse(answer.body) as { message: string }).message;
}
