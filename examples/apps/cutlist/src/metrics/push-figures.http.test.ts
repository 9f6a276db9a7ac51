import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { install } from '../testing/installation.ts';
import { Figures } from './figures.ts';
import { type Pusher, startPushing } from './push-figures.ts';

interface Got {
  readonly url: string;
  readonly key: string | undefined;
  readonly body: string;
}

const open: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop();
});

/** A control plane that takes reports and answers as it is told. */
async function controlPlane() {
  const got: Got[] = [];
  const answers = { status: 201 };
  const server = createServer(async (request: IncomingMessage, response) => {
    got.push({ url: request.url ?? '', key: request.headers.authorization, body: await text(request) });
    response.writeHead(answers.status).end('{}');
    server.emit('got');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { got, answers, url: `http://127.0.0.1:${port}`, next: () => once(server, 'got') };
}

function pushing(url: string) {
  const now = { at: Date.parse('2026-11-20T09:00:00Z') };
  const problems: string[] = [];
  const figures = new Figures('cutlist-1', () => new Date(now.at));
  const skews: number[] = [];
  const pusher: Pusher = startPushing({ url, key: 'tnt_x', everyMs: 3_600_000 }, figures, {
    tell: (each) => problems.push(each),
    onSkew: (aheadMs) => skews.push(aheadMs),
  });
  open.push(pusher);
  const visit = (): void => {
    figures.count({ tenantId: 'north', userId: 'ada', durationMs: 1, failed: false, feature: undefined });
    now.at += 5_000;
  };
  return { visit, push: () => pusher.push(), problems, skews };
}

describe('reports to the control plane', () => {
  it('carry the key, and name the workshop in the address', async () => {
    const { got, url } = await controlPlane();
    const { visit, push, problems } = pushing(url);
    visit();
    await push();
    expect(got).toEqual([{ url: '/api/v1/tenants/north/metrics', key: 'Bearer tnt_x', body: expect.any(String) }]);
    expect(JSON.parse(got[0]?.body ?? '')).toMatchObject({ source: 'cutlist-1', requests: 1 });
    expect(problems).toEqual([]);
  });

  it('that could not be delivered are sent again word for word, in order, and told of once', async () => {
    const { got, answers, url } = await controlPlane();
    const { visit, push, problems } = pushing(url);
    answers.status = 503;
    visit();
    await push();
    visit();
    await push();
    answers.status = 201;
    await push();
    const bodies = got.map(({ body }) => body);
    expect(bodies).toHaveLength(4);
    expect(bodies.slice(0, 3)).toEqual([bodies[0], bodies[0], bodies[0]]);
    expect(bodies[3]).not.toBe(bodies[0]);
    expect(problems).toEqual(['The control plane answered figures with 503.']);
  });

  it('that are refused are not sent again', async () => {
    const { got, answers, url } = await controlPlane();
    const { visit, push } = pushing(url);
    answers.status = 400;
    visit();
    await push();
    await push();
    expect(got).toHaveLength(1);
  });

  it('to nobody change nothing', async () => {
    const { visit, push, problems } = pushing('http://127.0.0.1:9');
    visit();
    await push();
    expect(problems).toHaveLength(1);
  });

  it('come from an installed application by itself, for people who are logged in', async () => {
    const { got, url, next } = await controlPlane();
    const installed = await install({ metrics: { url, key: 'tnt_x', everyMs: 1_000 } });
    open.push(installed);
    const tenantId = await installed.provision({ slug: 'north', users: [{ email: 'ada@north.test', role: 'admin' }] });
    const ada = await installed.visit('north', 'ada@north.test');
    const reported = next();
    expect((await ada.get('/api/projects')).status).toBe(200);
    installed.now.at = new Date(installed.now.at.getTime() + 5_000);
    await reported;
    expect(got[0]?.url).toBe(`/api/v1/tenants/${tenantId}/metrics`);
    expect(JSON.parse(got[0]?.body ?? '')).toMatchObject({ requests: 1, errors: 0, features: { projects: 1 } });
  });
});
