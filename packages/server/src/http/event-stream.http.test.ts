import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ServerEvent, type StreamStart, streamEvents } from './index.ts';
import { signal } from './testing/signal.ts';
import { testPerson, testServer } from './testing/test-server.ts';

const KEY = 'tnt_any';
const headers = { authorization: `Bearer ${KEY}` };

async function serving(open: (start: StreamStart) => AsyncIterable<ServerEvent>, heartbeatMs?: number) {
  const { server, log, revoke } = await testServer({ keys: { [KEY]: testPerson('p1', ['runs:read']) } });
  server.get('/api/v1/events', { config: { scope: 'runs:read' } }, (request, reply) =>
    streamEvents(request, reply, open, heartbeatMs === undefined ? {} : { heartbeatMs }),
  );
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  return { server, log, revoke, port, url: `http://127.0.0.1:${port}/api/v1/events` };
}

/** A source that gives some events and then waits until it is told to stop. */
function waiting(events: readonly ServerEvent[]) {
  const stopped = signal();
  async function* open({ signal }: StreamStart): AsyncGenerator<ServerEvent> {
    try {
      yield* events;
      if (!signal.aborted) await once(signal, 'abort');
    } finally {
      stopped.give();
    }
  }
  return { open, stopped: stopped.promise };
}

async function readUntil(response: Response, text: string): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  while (reader !== undefined && !seen.includes(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    seen += value;
  }
  reader?.releaseLock();
  return seen;
}

describe('200', () => {
  it('sends each event as the standard has it, ends with the source, and carries the usual headers', async () => {
    const { url } = await serving(async function* () {
      yield { id: '7', event: 'step', data: { name: 'create tenant', text: 'two\nlines' } };
      yield { event: 'end\ndata: forged', data: null };
    });
    const response = await fetch(url, { headers });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(await response.text()).toBe(
      'id: 7\nevent: step\ndata: {"name":"create tenant","text":"two\\nlines"}\n\nevent: end data: forged\ndata: null\n\n',
    );
  });

  it('tells the source where the reader left off', async () => {
    const seen: (string | undefined)[] = [];
    const { url } = await serving(async function* ({ lastEventId }) {
      seen.push(lastEventId);
      yield { event: 'here', data: null };
    });
    for (const id of ['42', 'x'.repeat(201)]) {
      await (await fetch(url, { headers: { ...headers, 'last-event-id': id } })).text();
    }
    await (await fetch(url, { headers })).text();
    expect(seen).toEqual(['42', undefined, undefined]);
  });

  it('gives a sign of life while nothing happens', async () => {
    const { open } = waiting([]);
    const { url } = await serving(open, 5);
    const abort = new AbortController();
    const response = await fetch(url, { headers, signal: abort.signal });
    expect(await readUntil(response, ': still here\n\n')).toContain(': still here\n\n');
    abort.abort();
  });

  it('stops the source when the reader leaves', async () => {
    const { open, stopped } = waiting([{ event: 'hello', data: 1 }]);
    const { url, server } = await serving(open);
    const abort = new AbortController();
    await readUntil(await fetch(url, { headers, signal: abort.signal }), 'hello');
    expect(server.openStreams.size).toBe(1);
    abort.abort();
    await stopped;
    expect(server.openStreams.size).toBe(0);
  });

  it('sends nothing more to a key that was revoked, be it an event or a sign of life', async () => {
    let revoke = (): void => undefined;
    const events = await serving(async function* () {
      yield { event: 'before', data: 1 };
      revoke();
      yield { event: 'after', data: 2 };
    });
    revoke = () => events.revoke(KEY);
    expect(await (await fetch(events.url, { headers })).text()).toBe('event: before\ndata: 1\n\n');

    const { open, stopped } = waiting([{ event: 'hello', data: 1 }]);
    const quiet = await serving(open, 5);
    await readUntil(await fetch(quiet.url, { headers }), 'hello');
    quiet.revoke(KEY);
    await stopped;
  });

  it('ends when the server stops, even if the source heeds no signal', async () => {
    const { url, server } = await serving(async function* () {
      yield { event: 'hello', data: 1 };
      await new Promise(() => undefined);
    });
    const response = await fetch(url, { headers });
    await readUntil(response, 'hello');
    await server.close();
    expect(server.openStreams.size).toBe(0);
  });

  it('takes no further event from the source while the reader takes none', async () => {
    let taken = 0;
    const data = 'x'.repeat(256 * 1_024);
    const total = 400;
    const { port } = await serving(async function* () {
      for (; taken < total; taken += 1) yield { event: 'big', data };
    });
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY}\r\n\r\n`);
    await once(socket, 'readable');
    // The reader reads nothing: the source comes to rest with most of its 100 MB not yet asked for.
    let before = -1;
    while (before !== taken) {
      before = taken;
      for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(total / 2);
  });

  it('breaks off, and says so in the log, when the source fails', async () => {
    const { url, log } = await serving(async function* () {
      yield { event: 'hello', data: 1 };
      throw new Error('source broke');
    });
    expect(await (await fetch(url, { headers })).text()).toContain('event: hello');
    expect(log()).toContain('source broke');
  });
});

describe('401', () => {
  it('comes before anything is streamed', async () => {
    const { url } = await serving(async function* () {
      yield { event: 'secret', data: 1 };
    });
    const response = await fetch(url);
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain('secret');
  });
});

describe('closing the server', () => {
  it('does not wait for connections that never sent a request', async () => {
    const { server, port } = await serving(waiting([]).open);
    const socket = connect(port, '127.0.0.1');
    const [accepted] = await once(server.server, 'connection');
    socket.on('error', () => undefined);
    await server.close();
    expect(accepted.destroyed).toBe(true);
  });
});
