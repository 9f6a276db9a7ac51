import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CutlistContext } from '../context.ts';
import { actFor } from '../http/access.ts';
import { FieldReader } from '../http/field-reader.ts';
import { fieldOf } from '../http/forms.ts';
import { idOf } from '../http/ids.ts';
import { listIntegrations } from './integrations.ts';
import { type CutListToSend, sendCutList } from './send-cut-list.ts';

export function addIntegrationRoutes(app: FastifyInstance, context: CutlistContext): void {
  app.get('/api/integrations', { config: { access: 'read' } }, async (request) => ({
    integrations: await actFor(context, request, listIntegrations),
  }));

  app.post('/api/projects/:id/send', { config: { access: 'write' } }, (request) =>
    sendCutList(context, request, readSending(request)),
  );

  app.post('/projects/:id/send', { config: { access: 'write' } }, async (request, reply) => {
    const projectId = idOf(request);
    await sendCutList(context, request, { projectId, integration: fieldOf(request, 'integration'), test: false });
    return await reply.redirect(`/projects/${projectId}?done=sent`, 303);
  });
}

function readSending(request: FastifyRequest): CutListToSend {
  const reader = new FieldReader(request.body);
  const sending = {
    projectId: idOf(request),
    integration: reader.text('integration', { min: 1, max: 100 }),
    test: reader.flag('test'),
  };
  reader.finish('The cut list was not sent.');
  return sending;
}
