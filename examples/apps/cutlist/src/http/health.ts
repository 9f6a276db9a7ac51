import type { FastifyInstance } from 'fastify';
import type { CutlistContext } from '../context.ts';

/** VAL-04: healthy means that the database has just answered. */
export function addHealth(app: FastifyInstance, { pool }: CutlistContext): void {
  app.get('/health', { config: { access: 'public' } }, async (request, reply) => {
    try {
      await pool.query('select 1');
      return { status: 'healthy' };
    } catch (error) {
      request.log.error(error);
      return await reply.code(503).send({ status: 'unhealthy' });
    }
  });
}
