import fastify from 'fastify';
import { expect, it } from 'vitest';
import { guardRoutes } from './access.ts';

it('a route that does not state who may call it keeps the application from starting', () => {
  const app = fastify();
  guardRoutes(app, {} as never);
  expect(() => app.get('/forgotten', () => 'open')).toThrow('/forgotten does not state its access');
});
