import { z } from 'zod';
import type { Database } from '../db/index.ts';
import type { HttpServer } from './http-server.ts';

export const HEALTH_PATH = '/api/v1/health';

const healthSchema = z.object({
  status: z.enum(['ok', 'degraded']),
  version: z.string(),
  database: z.enum(['ok', 'unavailable']),
});

/** Whether this process serves, by a real query: 200, or 503 when the database does not answer in time. */
export function serveHealth(
  server: HttpServer,
  { version, waitMs }: { readonly version: string; readonly waitMs: number },
): void {
  server.get(
    HEALTH_PATH,
    {
      config: { public: true },
      logLevel: 'warn',
      schema: {
        summary: 'Whether this process and its database work',
        tags: ['health'],
        response: { 200: healthSchema, 503: healthSchema },
      },
    },
    async (_request, reply) => {
      const answers = await databaseAnswers(server.services.database, waitMs);
      return reply.code(answers ? 200 : 503).send({
        status: answers ? 'ok' : 'degraded',
        version,
        database: answers ? 'ok' : 'unavailable',
      });
    },
  );
}

async function databaseAnswers(database: Database, waitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), waitMs);
  });
  const answer = database
    .transaction('operator', (tx) => tx.query('select 1'))
    .then(
      () => true,
      () => false,
    );
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}
