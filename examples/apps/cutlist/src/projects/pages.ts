import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CutlistContext } from '../context.ts';
import { actFor, visitorOf } from '../http/access.ts';
import { queryOf } from '../http/forms.ts';
import { idOf } from '../http/ids.ts';
import { listIntegrations } from '../integrations/integrations.ts';
import { loadSettings } from '../settings/settings.ts';
import { toFormRefusal } from '../ui/faults.ts';
import { sendPage } from '../ui/page.ts';
import { sendExport } from './api.ts';
import { computeCutList, exportCutList } from './cut-list.ts';
import { renderCutList } from './cut-list-page.ts';
import { draftOf, fromDraft, readDraft } from './draft.ts';
import { renderProjectForm } from './project-form.ts';
import { createProject, deleteProject, editProject, listProjects, loadProject } from './projects.ts';
import { renderProjects } from './projects-page.ts';
import { readProject } from './read-project.ts';

const NOTICES: Readonly<Record<string, string>> = {
  saved: 'Project saved.',
  sent: 'Cut list sent.',
  deleted: 'Project deleted.',
  password: 'Your password is changed. Your other sessions have ended.',
};

const noticeOf = (request: FastifyRequest): string | undefined => NOTICES[queryOf(request, 'done') ?? ''];

export function addProjectPages(app: FastifyInstance, context: CutlistContext): void {
  addReadingPages(app, context);
  addWritingPages(app, context);
}

function addReadingPages(app: FastifyInstance, context: CutlistContext): void {
  app.get('/projects', { config: { access: 'read' } }, async (request, reply) => {
    const visitor = visitorOf(request);
    const body = renderProjects(visitor, await actFor(context, request, listProjects));
    return sendPage(reply, { title: 'Projects', section: 'projects', visitor, body, notice: noticeOf(request) });
  });

  app.get('/projects/:id', { config: { access: 'read' } }, async (request, reply) => {
    const visitor = visitorOf(request);
    const [document, settings, integrations] = await actFor(context, request, async (act) => [
      await computeCutList(act, idOf(request)),
      await loadSettings(act),
      await listIntegrations(act),
    ]);
    const body = renderCutList(visitor, document, { ...settings, integrations });
    return sendPage(reply, {
      title: document.project.name,
      section: 'projects',
      visitor,
      body,
      notice: noticeOf(request),
    });
  });

  for (const format of ['csv', 'json'] as const) {
    app.get(`/projects/:id/cut-list.${format}`, { config: { access: 'read' } }, async (request, reply) =>
      sendExport(reply, await actFor(context, request, (act) => exportCutList(act, idOf(request), format)), format),
    );
  }
}

function addWritingPages(app: FastifyInstance, context: CutlistContext): void {
  const unitOf = async (request: FastifyRequest) => (await actFor(context, request, loadSettings)).unit;
  const show = (request: FastifyRequest, reply: FastifyReply, form: Parameters<typeof renderProjectForm>[1]) => {
    const visitor = visitorOf(request);
    if (form.refusal !== undefined) reply.code(form.refusal.status);
    const title = form.id === undefined ? 'New project' : 'Edit project';
    return sendPage(reply, { title, section: 'projects', visitor, body: renderProjectForm(visitor, form) });
  };

  app.get('/projects/new', { config: { access: 'write' } }, async (request, reply) =>
    show(request, reply, { draft: draftOf(undefined, 'mm'), unit: await unitOf(request) }),
  );

  app.post('/projects', { config: { access: 'write' } }, async (request, reply) => {
    const draft = readDraft(request);
    try {
      const input = readProject(fromDraft(draft));
      const project = await actFor(context, request, (act) => createProject(act, input));
      return await reply.redirect(`/projects/${project.id}?done=saved`, 303);
    } catch (error) {
      return show(request, reply, { draft, unit: draft.unit, refusal: toFormRefusal(error) });
    }
  });

  app.get('/projects/:id/edit', { config: { access: 'write' } }, async (request, reply) => {
    const id = idOf(request);
    const project = await actFor(context, request, (act) => loadProject(act, id));
    const unit = await unitOf(request);
    return show(request, reply, { id, draft: draftOf(project, unit), unit });
  });

  app.post('/projects/:id', { config: { access: 'write' } }, async (request, reply) => {
    const id = idOf(request);
    const draft = readDraft(request);
    try {
      const input = readProject(fromDraft(draft));
      await actFor(context, request, (act) => editProject(act, id, input));
      return await reply.redirect(`/projects/${id}?done=saved`, 303);
    } catch (error) {
      const refusal = toFormRefusal(error);
      if (refusal.code === 'not_found') throw refusal;
      return show(request, reply, { id, draft, unit: draft.unit, refusal });
    }
  });

  app.post('/projects/:id/delete', { config: { access: 'write' } }, async (request, reply) => {
    await actFor(context, request, (act) => deleteProject(act, idOf(request)));
    return await reply.redirect('/projects?done=deleted', 303);
  });
}
