import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CutlistContext } from '../context.ts';
import { actFor, visitorOf } from '../http/access.ts';
import { fieldOf } from '../http/forms.ts';
import { idOf } from '../http/ids.ts';
import type { Refusal } from '../refusal.ts';
import { toFormRefusal } from '../ui/faults.ts';
import { sendPage } from '../ui/page.ts';
import { addPerson, listPeople, makeTemporary, type PersonWithPassword, readPerson, resetPassword } from './people.ts';
import { renderPeople } from './people-page.ts';

export function addPeopleRoutes(app: FastifyInstance, context: CutlistContext): void {
  addPeopleApi(app, context);
  addPeoplePages(app, context);
}

function addPeopleApi(app: FastifyInstance, context: CutlistContext): void {
  app.get('/api/users', { config: { access: 'admin' } }, async (request) => ({
    users: await actFor(context, request, listPeople),
  }));

  // Where a provider logs people in, it is where they are made, and nobody has a password here.
  if (context.oidc !== undefined) return;

  app.post('/api/users', { config: { access: 'admin' } }, async (request, reply) => {
    const input = readPerson(request.body);
    const temporary = await makeTemporary();
    const added = await actFor(context, request, (act) => addPerson(act, input, temporary));
    return await reply.code(201).send({ ...added.person, temporaryPassword: added.temporaryPassword });
  });

  app.post('/api/users/:id/reset-password', { config: { access: 'admin' } }, async (request) => {
    const temporary = await makeTemporary();
    const reset = await actFor(context, request, (act) => resetPassword(act, idOf(request), temporary));
    return { ...reset.person, temporaryPassword: reset.temporaryPassword };
  });
}

function addPeoplePages(app: FastifyInstance, context: CutlistContext): void {
  const show = async (request: FastifyRequest, reply: FastifyReply, told: Told = {}): Promise<FastifyReply> => {
    const people = await actFor(context, request, listPeople);
    const visitor = visitorOf(request);
    if (told.refusal !== undefined) reply.code(told.refusal.status);
    const given = { email: fieldOf(request, 'email'), fullName: fieldOf(request, 'fullName') };
    const ownPasswords = context.oidc === undefined;
    const body = renderPeople({
      visitor,
      people,
      ownPasswords,
      given: told.refusal === undefined ? undefined : given,
      ...told,
    });
    return sendPage(reply, { title: 'People', section: 'people', visitor, body });
  };

  app.get('/people', { config: { access: 'admin' } }, async (request, reply) => show(request, reply));

  if (context.oidc !== undefined) return;

  // Both answer with the page itself, not with a redirect: the password is in no address and in no store.
  app.post('/people', { config: { access: 'admin' } }, async (request, reply) => {
    try {
      const [email, fullName, role] = ['email', 'fullName', 'role'].map((name) => fieldOf(request, name));
      const input = readPerson({ email, fullName, role });
      const temporary = await makeTemporary();
      const added = await actFor(context, request, (act) => addPerson(act, input, temporary));
      return await show(request, reply, { added });
    } catch (error) {
      return await show(request, reply, { refusal: toFormRefusal(error) });
    }
  });

  app.post('/people/:id/reset-password', { config: { access: 'admin' } }, async (request, reply) => {
    const temporary = await makeTemporary();
    const added = await actFor(context, request, (act) => resetPassword(act, idOf(request), temporary));
    return await show(request, reply, { added });
  });
}

interface Told {
  readonly refusal?: Refusal;
  readonly added?: PersonWithPassword;
}
