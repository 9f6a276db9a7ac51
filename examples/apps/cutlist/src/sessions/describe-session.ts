import type { FastifyReply } from 'fastify';
import type { CutlistContext } from '../context.ts';
import { SESSION_COOKIE, setCookie } from '../http/cookies.ts';
import { loadSession, type Visitor } from './load-session.ts';
import { csrfTokenOf } from './token.ts';

/** What a client of the API learns about its own session. */
export interface SessionAnswer {
  readonly user: {
    readonly id: string;
    readonly email: string;
    readonly fullName: string;
    readonly role: string;
  };
  readonly tenant: { readonly id: string; readonly name: string; readonly slug: string };
  readonly mustChangePassword: boolean;
  /** For the header `x-csrf-token` of every request that changes something. */
  readonly csrfToken: string;
  readonly idleSeconds: number;
  readonly expiresAt: string;
}

export const describeSession = (context: CutlistContext, visitor: Visitor): SessionAnswer => ({
  user: { id: visitor.userId, email: visitor.email, fullName: visitor.fullName, role: visitor.role },
  tenant: { id: visitor.tenant.id, name: visitor.tenant.name, slug: visitor.tenant.slug },
  mustChangePassword: visitor.mustChangePassword,
  csrfToken: csrfTokenOf(visitor.token),
  idleSeconds: context.session.idleMs / 1_000,
  expiresAt: visitor.expiresAt.toISOString(),
});

/** Hands a new token to the browser and reads back whom it stands for. */
export async function presentSession(context: CutlistContext, reply: FastifyReply, token: string): Promise<Visitor> {
  const visitor = await loadSession(context, token);
  if (visitor === undefined) throw new Error('A session that has just started cannot be read.');
  setCookie(reply, SESSION_COOKIE, token);
  return visitor;
}
