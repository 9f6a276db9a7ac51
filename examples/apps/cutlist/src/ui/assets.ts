import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

const FILES = [
  { name: 'cutlist.css', type: 'text/css; charset=utf-8' },
  { name: 'cutlist.svg', type: 'image/svg+xml' },
] as const;

/** The two files the pages use, read once at start: a request's path never reaches the file system. */
export function addAssets(app: FastifyInstance): void {
  for (const { name, type } of FILES) {
    const content = readFileSync(new URL(`../../assets/${name}`, import.meta.url));
    app.get(`/assets/${name}`, { config: { access: 'public' } }, async (_request, reply) =>
      reply.type(type).header('cache-control', 'public, max-age=300').send(content),
    );
  }
}
