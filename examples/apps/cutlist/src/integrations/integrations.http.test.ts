import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, csrfOf } from '../testing/client.ts';
import { type Installation, install } from '../testing/installation.ts';

const KEY = 'a-key-of-the-control-plane';
const TABLE = {
  name: 'Garden table',
  boards: [{ label: 'Oak', material: 'oak', lengthMm: 2400, quantity: 1 }],
  parts: [{ label: 'Leg', material: 'oak', lengthMm: 720, quantity: 2 }],
};

interface Received {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}
const received: Received[] = [];
let status = 200;
let system: Server;
let address = '';
let installed: Installation;
let north: Client;
let tenant = '';

beforeAll(async () => {
  system = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ path: request.url ?? '', body: JSON.parse(String(Buffer.concat(chunks))) as Received['body'] });
    response.writeHead(request.url === '/moved' ? 302 : status, { location: '/elsewhere' }).end();
  });
  await new Promise<void>((done) => void system.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${(system.address() as AddressInfo).port}`;
  installed = await install({ selfCheckKey: KEY });
  tenant = await installed.provision({
    slug: 'north',
    users: [
      { email: 'ada@north.test', role: 'admin' },
      { email: 'vi@north.test', role: 'viewer' },
    ],
  });
  north = await installed.visit('north', 'ada@north.test');
});
afterAll(async () => {
  await installed.stop();
  await new Promise((done) => system.close(done));
});
beforeEach(() => {
  received.length = 0;
  status = 200;
});

const setUp = (integrations: readonly { readonly name: string; readonly url: string }[]) =>
  installed.asProvisioner((db) =>
    db.query('update settings set integrations = $2 where tenant_id = $1', [tenant, JSON.stringify(integrations)]),
  );
const createProject = async (): Promise<string> =>
  String((await north.post('/api/projects', { json: TABLE })).json().id);
const check = async () => {
  const headers = { authorization: `Bearer ${KEY}` };
  return (await north.get(`/api/self-check/integrations?tenant=${tenant}`, { headers })).json();
};

describe('integrations', () => {
  it('take the cut list of a project as it is, and it stays on record that it went', async () => {
    await setUp([{ name: 'Orders', url: `${address}/in` }]);
    const id = await createProject();
    const page = await north.get(`/projects/${id}`);
    expect(page.text).toContain('Send to Orders');
    const sent = await north.post(`/projects/${id}/send`, {
      form: { _csrf: csrfOf(page), integration: 'Orders' },
    });
    expect([sent.status, sent.headers.location]).toEqual([303, `/projects/${id}?done=sent`]);
    const cutList = (await north.get(`/api/projects/${id}/cut-list`)).json();
    expect(received).toEqual([{ path: '/in', body: { event: 'cut_list', test: false, cut_list: cutList } }]);
    const [line] = (await north.get('/api/audit')).json().entries as readonly object[];
    expect(line).toMatchObject({
      action: 'cut_list.sent',
      detail: { project: id, integration: 'Orders', test: false },
    });
  });

  it.each([
    ['a system that refuses it', '/in', 503, 'It answered 503.'],
    ['a redirect, which is not followed', '/moved', 200, 'It answered 302.'],
  ])('%s is said, with what it answered', async (_, path, answers, why) => {
    status = answers;
    await setUp([{ name: 'Orders', url: `${address}${path}` }]);
    const answer = await north.post(`/api/projects/${await createProject()}/send`, { json: { integration: 'Orders' } });
    expect([answer.status, answer.json().code]).toEqual([502, 'integration_failed']);
    expect(answer.json().message).toContain(why);
    expect(received).toHaveLength(1);
  });

  it('are called over https, or on this machine', async () => {
    await setUp([{ name: 'Orders', url: 'http://orders.example/in' }]);
    const answer = await north.post(`/api/projects/${await createProject()}/send`, { json: { integration: 'Orders' } });
    expect(answer.json().message).toContain('neither https');
  });

  it('are chosen from those the vendor set up, by those who may write', async () => {
    await setUp([{ name: 'Orders', url: `${address}/in` }]);
    const id = await createProject();
    expect((await north.post(`/api/projects/${id}/send`, { json: { integration: 'Saw' } })).status).toBe(404);
    const viewer = await installed.visit('north', 'vi@north.test');
    expect((await viewer.post(`/api/projects/${id}/send`, { json: { integration: 'Orders' } })).status).toBe(403);
    expect(
      (await north.put('/api/settings', { kerfMm: 3, unit: 'mm', keepOffcutMm: 300, integrations: [] })).status,
    ).toBe(400);
    expect((await north.put('/api/settings', { kerfMm: 3, unit: 'mm', keepOffcutMm: 300 })).status).toBe(200);
    expect((await north.get('/api/integrations')).json()).toEqual({
      integrations: [{ name: 'Orders', url: `${address}/in` }],
    });
    expect(received).toEqual([]);
  });

  it('VAL-16: are probed one by one with a cut list marked as a test, and nothing of it stays', async () => {
    await setUp([
      { name: 'Orders', url: `${address}/in` },
      { name: 'Saw', url: `${address}/moved` },
      { name: 'Gone', url: 'http://127.0.0.1:1/' },
    ]);
    const before = (await north.get('/api/projects')).text;
    expect(await check()).toEqual({
      integrations: { Orders: true, Saw: false, Gone: false },
      faults: {
        Saw: 'Saw did not take the cut list. It answered 302.',
        Gone: expect.stringContaining('It cannot be reached'),
      },
    });
    expect(received.map(({ path, body }) => [path, body.test])).toEqual([
      ['/in', true],
      ['/moved', true],
    ]);
    expect((await north.get('/api/projects')).text).toBe(before);
    status = 500;
    expect(await check()).toMatchObject({ integrations: { Orders: false } });
  });
});
