import { TenantryError } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createClient } from './client.ts';
import { exitCodeOf } from './exit-codes.ts';
import { type FakeControlPlane, refusal, startFakeControlPlane } from './testing/fake-control-plane.ts';

const thing = z.object({ name: z.string() });

const clientOf = (plane: { url: string }, timeoutMs = 5_000) => {
  const ids = [1, 2, 3].values();
  return createClient(
    { url: plane.url, key: 'tnt_secret', identity: undefined, identities: [] },
    { newId: () => `id-${ids.next().value}`, timeoutMs },
  );
};

async function errorOf(promise: Promise<unknown>): Promise<TenantryError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof TenantryError) return error;
  throw new Error(`expected a TenantryError, got ${String(error)}`);
}

describe('the client', () => {
  it('shows its key, names what it wants, and leaves absent filters out', async () => {
    const plane = await startFakeControlPlane();
    plane.handlers.set('GET /api/v1/things', () => ({ name: 'a', more: 1 }));

    expect(await clientOf(plane).get('/api/v1/things', thing, { query: { limit: 5, cursor: undefined } })).toEqual({
      name: 'a',
    });
    expect(plane.received[0]?.headers.authorization).toBe('Bearer tnt_secret');
    expect(plane.received[0]?.query.toString()).toBe('limit=5');
  });

  it('gives a new Idempotency-Key to each write', async () => {
    const plane = await startFakeControlPlane();
    plane.handlers.set('POST /api/v1/things', () => ({ name: 'a' }));
    const client = clientOf(plane);
    await client.post('/api/v1/things', {}, thing);
    await client.post('/api/v1/things', {}, thing);

    expect(keysSent(plane)).toEqual(['id-1', 'id-2']);
  });

  it('sends a write whose connection broke off once more, with the same Idempotency-Key', async () => {
    const plane = await startFakeControlPlane();
    const answers = [undefined, { name: 'a' }].values();
    plane.handlers.set('POST /api/v1/things', () => answers.next().value);

    expect(await clientOf(plane).post('/api/v1/things', {}, thing)).toEqual({ name: 'a' });
    expect(keysSent(plane)).toEqual(['id-1', 'id-1']);
  });

  it('gives up when the connection breaks off again', async () => {
    const plane = await startFakeControlPlane();
    plane.handlers.set('POST /api/v1/things', () => undefined);

    expect((await errorOf(clientOf(plane).post('/api/v1/things', {}, thing))).code).toBe('command.unreachable');
    expect(plane.received).toHaveLength(2);
  });

  it('throws the error the control plane answered, with its faults', async () => {
    const plane = await startFakeControlPlane();
    plane.handlers.set('POST /api/v1/runs', () => {
      throw refusal('intake.invalid', 'The intake has faults.', {
        faults: [{ path: 'slug', message: 'is missing', line: 3, column: 1 }],
      });
    });
    const error = await errorOf(clientOf(plane).post('/api/v1/runs', {}, thing));

    expect(error.code).toBe('intake.invalid');
    expect(error.faults).toEqual([{ path: 'slug', message: 'is missing', line: 3, column: 1 }]);
    expect(error.facts).toMatchObject({ requestId: 'req-1' });
  });

  it('says in one sentence that nothing answers, and how to start it', async () => {
    const error = await errorOf(clientOf({ url: 'http://127.0.0.1:9' }).get('/api/v1/runs', thing));

    expect(error.message).toBe('Nothing answers at http://127.0.0.1:9.');
    expect(error.next).toContain('Start it with npm start');
    expect(exitCodeOf(error)).toBe(69);
  });

  it('does not wait for ever', async () => {
    const plane = await startFakeControlPlane();
    // An event stream is an answer that never ends.
    const stalled = await errorOf(clientOf(plane).get('/api/v1/runs/x/events', thing, { timeoutMs: 50 }));

    expect(stalled.code).toBe('command.unreachable');
    expect(stalled.message).toContain('did not answer in time');
  });

  it('refuses an answer of another form, such as that of another program', async () => {
    const plane = await startFakeControlPlane();
    plane.handlers.set('GET /api/v1/things', () => ({ hello: 'world' }));
    const error = await errorOf(clientOf(plane).get('/api/v1/things', thing));

    expect(error.code).toBe('command.answer_unreadable');
    expect(exitCodeOf(error)).toBe(69);
  });
});

const keysSent = (plane: FakeControlPlane) => plane.received.map(({ headers }) => headers['idempotency-key']);
