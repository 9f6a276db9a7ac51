import type { FastifyInstance, FastifyReply } from 'fastify';
import type { CutlistContext } from '../context.ts';
import { type CutListDocument, toCsv } from '../cutting/export-cut-list.ts';
import { actFor } from '../http/access.ts';
import { queryOf } from '../http/forms.ts';
import { idOf } from '../http/ids.ts';
import { Refusal } from '../refusal.ts';
import { computeCutList, exportCutList } from './cut-list.ts';
import { createProject, deleteProject, editProject, listProjects, loadProject } from './projects.ts';
import { readProject } from './read-project.ts';

export function addProjectApi(app: FastifyInstance, context: CutlistContext): void {
  app.get('/api/projects', { config: { access: 'read' } }, async (request) => ({
    projects: await actFor(context, request, listProjects),
  }));

  app.post('/api/projects', { config: { access: 'write' } }, async (request, reply) => {
    const input = readProject(request.body);
    const project = await actFor(context, request, (act) => createProject(act, input));
    return await reply.code(201).header('location', `/api/projects/${project.id}`).send(project);
  });

  app.get('/api/projects/:id', { config: { access: 'read' } }, (request) =>
    actFor(context, request, (act) => loadProject(act, idOf(request))),
  );

  app.put('/api/projects/:id', { config: { access: 'write' } }, (request) => {
    const input = readProject(request.body);
    return actFor(context, request, (act) => editProject(act, idOf(request), input));
  });

  app.delete('/api/projects/:id', { config: { access: 'write' } }, async (request, reply) => {
    await actFor(context, request, (act) => deleteProject(act, idOf(request)));
    return await reply.code(204).send();
  });

  app.get('/api/projects/:id/cut-list', { config: { access: 'read' } }, (request) =>
    actFor(context, request, (act) => computeCutList(act, idOf(request))),
  );

  app.get('/api/projects/:id/export', { config: { access: 'read' } }, async (request, reply) => {
    const format = queryOf(request, 'format');
    if (format !== 'csv' && format !== 'json') {
      const faults = [{ path: 'format', message: 'Expected one of: csv, json.' }];
      throw new Refusal('invalid', 'Say which format to export.', { faults });
    }
    const document = await actFor(context, request, (act) => exportCutList(act, idOf(request), format));
    return await sendExport(reply, document, format);
  });
}

/** As a file to keep. */
export function sendExport(reply: FastifyReply, document: CutListDocument, format: 'csv' | 'json'): FastifyReply {
  reply.header('content-disposition', `attachment; filename="cut-list-${document.project.id}.${format}"`);
  return format === 'csv'
    ? reply.type('text/csv; charset=utf-8').send(toCsv(document))
    : reply.type('application/json; charset=utf-8').send(JSON.stringify(document, null, 2));
}
