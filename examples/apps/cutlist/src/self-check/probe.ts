import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { CutlistContext } from '../context.ts';
import { inTenant, type TenantDb } from '../db/in-tenant.ts';
import { windowOf } from '../http/access.ts';
import { notFound } from '../http/answer-error.ts';
import { SESSION_COOKIE } from '../http/cookies.ts';
import { startSession } from '../sessions/log-in.ts';
import { csrfTokenOf } from '../sessions/token.ts';

/** A domain that can have no mailbox (RFC 2606). */
const DOMAIN = 'self-check.invalid';
const PROJECT = 'Self-check';

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

type Call = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object) => Promise<Answer>;

interface User {
  readonly tenantId: string;
  readonly userId: string;
  readonly token: string;
}

/** Somebody who works in one workshop for as long as a check lasts. */
export interface Probe extends User {
  /** Through the whole application, as that person. */
  readonly call: Call;
}

/**
 * Lets `work` go on as a user made for it, through a session of theirs and the routes everybody uses. The user, their
 * session and their projects are gone afterwards, whatever happens; the audit log keeps what was done.
 *
 * @throws Refusal not_found for a workshop there is not
 */
export async function asVisitor<T>(
  app: FastifyInstance,
  context: CutlistContext,
  tenantId: string,
  work: (probe: Probe) => Promise<T>,
): Promise<T> {
  const user = await begin(context, tenantId);
  try {
    return await work({ ...user, call: callAs(app, user) });
  } finally {
    await end(context, user);
  }
}

/** What a project of a check is made from. */
export const draftProject = () => ({
  name: `${PROJECT} ${randomUUID()}`,
  boards: [{ label: 'Plank', lengthMm: 2_400, quantity: 1 }],
  parts: [{ label: 'Shelf', lengthMm: 600, quantity: 2 }],
});

async function begin(context: CutlistContext, tenantId: string): Promise<User> {
  return await inTenant(context.pool, tenantId, async (db) => {
    const { rowCount } = await db.query('select from tenants where id = $1', [tenantId]);
    if (rowCount === 0) throw notFound();
    await removeTraces(db);
    const { rows } = await db.query<{ id: string }>(
      `insert into users (tenant_id, email, full_name, role, must_change_password, pilot)
       values ($1, $2, 'Self-check', 'admin', false, true) returning id`,
      [tenantId, `${randomUUID()}@${DOMAIN}`],
    );
    const userId = rows[0]?.id ?? '';
    context.ownWindows.add(userId);
    return { tenantId, userId, token: await startSession(context, db, tenantId, userId) };
  });
}

async function end(context: CutlistContext, { tenantId, userId }: User): Promise<void> {
  context.ownWindows.delete(userId);
  context.apiCalls.forget(windowOf(tenantId, userId));
  await inTenant(context.pool, tenantId, removeTraces);
}

/** Those that a crash left behind too. The session goes with its user. */
async function removeTraces(db: TenantDb): Promise<void> {
  await db.query('delete from projects where name ~ $1', [`^${PROJECT} [0-9a-f-]{36}$`]);
  await db.query('delete from users where email like $1', [`%@${DOMAIN}`]);
}

/** Through the whole application, as the person whose session it is. */
const callAs =
  (app: FastifyInstance, { token }: User): Call =>
  async (method, url, payload) => {
    const headers = { cookie: `${SESSION_COOKIE}=${token}`, 'x-csrf-token': csrfTokenOf(token) };
    const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
    return { status: answer.statusCode, body: answer.body, headers: answer.headers };
  };
