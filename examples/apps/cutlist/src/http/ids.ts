import type { FastifyRequest } from 'fastify';
import { notFound } from './answer-error.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isId = (text: string | undefined): text is string => text !== undefined && UUID.test(text);

/** The `:id` of the address; what is no uuid is no id of anything. */
export function idOf(request: FastifyRequest): string {
  const { id } = request.params as { readonly id?: string };
  if (!isId(id)) throw notFound();
  return id;
}
