/** Two clients, each in their own portal: what one of them can reach of the other is nothing, by every route there is. */
import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { systemActor } from '../access/index.ts';
import { PUBLIC } from '../authorization.matrix.ts';
import { Secret } from '../connectors/kit/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { listRoutes } from '../http/index.ts';
import { createRevealLink, sealSecret } from '../vault/index.ts';
import { openPortalWorld, type PortalClient } from './testing/portal-world.ts';

const test = await cloneDatabase();
const world = await openPortalWorld(test);
const [acme, beta] = [await world.start('acme'), await world.start('beta')];
const [nora, bea] = [await world.enter(acme), await world.enter(beta)];
afterAll(() => world.close());

const PDF = Buffer.from('%PDF-1.7\nours');

async function shareSecret(client: PortalClient): Promise<string> {
  return test.database.transaction('operator', async (tx) => {
    const ctx = { tx, keyring: world.world.keyring, actor: systemActor('test'), now: world.clock.at };
    const { ref } = await sealSecret(ctx, {
      tenantId: client.tenantId,
      label: 'Password of the administrator',
      secret: new Secret(`secret of ${client.slug}`),
      owner: { kind: 'run', id: client.runId },
    });
    const expiresAt = new Date(world.clock.at.getTime() + 3_600_000);
    return (await createRevealLink(ctx, { ref, forWhom: client.email, expiresAt })).linkId;
  });
}

/** Everything of beta that a route could be pointed at. */
async function thingsOfBeta() {
  const details = `/runs/${beta.run}/tasks/details`;
  const file = (await bea.upload(details, 'metadata', 'ours.pdf', PDF)).json<{ id: string }>().id;
  await bea.ask('PUT', `${details}/draft`, { revision: 0, content: { values: { size: 77 }, note: 'beta only' } });
  const question = (await bea.ask('POST', '/questions', { id: randomUUID(), text: 'Beta asks' })).json<{ id: string }>()
    .id;
  const [artifact] = await test.asSuperuser<{ id: string }>(
    `insert into tenantry.run_artifacts (run_id, tenant_id, step_id, round, name, media_type, bytes, sha256, created_at, about)
     values ($1, $2, 'details', 1, 'beta.pdf', 'application/pdf', $3, 'x', now(), '{"audience": "customer"}') returning id`,
    [beta.runId, beta.tenantId, PDF],
  );
  return { file, question, document: artifact?.id ?? '', secret: `secret_${await shareSecret(beta)}` };
}

const BODIES: Readonly<Record<string, object>> = {
  draft: { revision: 0, content: {} },
  complete: { values: { size: 1 } },
  sign: { decision: 'yes', hash: '0'.repeat(64), name: 'Nora' },
  choose: { option: 'x' },
  questions: { id: randomUUID(), text: 'Whose is it?', run: beta.run },
  replies: { id: randomUUID(), text: 'Mine' },
  wishes: { id: randomUUID(), wish: 'export' },
  'ask-for-link': {},
};

describe('VAL-11, VAL-12: a portal', () => {
  it('answers 404 on every route with an id of another client, and changes nothing there', async () => {
    const things = await thingsOfBeta();
    const before = await snapshot();
    const routes = listRoutes(world.server).filter(
      ({ method, url }) => url.startsWith('/portal/api/') && !['HEAD', 'OPTIONS'].includes(method),
    );
    const pointed = routes.filter(
      ({ method, url }) => url.includes(':') || `${method} ${url}` === 'POST /portal/api/questions',
    );
    expect(pointed.length).toBeGreaterThanOrEqual(10);
    const answers: Record<string, number> = {};
    for (const { method, url } of pointed) {
      const path = url
        .replace('/portal/api', '')
        .replace(':run', beta.run)
        .replace(':step', 'details')
        .replace(':file', things.file)
        .replace(':document', things.document)
        .replace(':secret', things.secret)
        .replace(':question', things.question);
      const isUpload = method === 'POST' && path.endsWith('/files');
      const response = isUpload
        ? await nora.upload(path.replace('/files', ''), 'metadata', 'a.pdf', PDF)
        : await nora.ask(method as 'GET', path, BODIES[path.split('/').at(-1) ?? '']);
      answers[`${method} ${url}`] = response.statusCode;
      expect(response.body).not.toContain('beta only');
    }
    expect(answers).toEqual(Object.fromEntries(pointed.map(({ method, url }) => [`${method} ${url}`, 404])));
    expect(await snapshot()).toEqual(before);
  });

  it('answers 401 without a session on every route that is not the way in', async () => {
    const wayIn = new Set(['POST /portal/api/open', 'POST /portal/api/ask-for-link']);
    for (const route of Object.keys(PUBLIC).filter((name) => name.includes(' /portal/api/') && !wayIn.has(name))) {
      const [method = '', url = ''] = route.split(' ');
      const path = url.replace('/portal/api', '').replace(':run', beta.run).replaceAll(/:\w+/g, 'x');
      const stranger = world.browser();
      const response = path.endsWith('/files')
        ? await stranger.upload(path.replace('/files', ''), 'metadata', 'a.pdf', PDF)
        : await stranger.ask(method as 'GET', path, BODIES[path.split('/').at(-1) ?? '']);
      expect(response.statusCode, route).toBe(401);
    }
  });

  it('lists what is its own and nothing else', async () => {
    for (const path of ['/overview', '/documents', '/secrets', '/questions']) {
      const { body, statusCode } = await nora.ask('GET', path);
      expect(statusCode, path).toBe(200);
      for (const foreign of ['beta', beta.run, beta.tenantId]) expect(body, path).not.toContain(foreign);
    }
    expect((await bea.ask('GET', '/questions')).body).toContain('Beta asks');
  });

  it('shows a secret once, to whom it was meant for, and to nobody else of the same client', async () => {
    const secret = `secret_${await shareSecret(acme)}`;
    const rui = await world.enter(acme, { role: 'client_it', email: 'rui@acme.example' });
    expect((await rui.ask('POST', `/secrets/${secret}/reveal`)).statusCode).toBe(404);
    expect((await nora.ask('GET', '/secrets')).json()).toMatchObject({
      items: [{ id: secret, label: expect.any(String) }],
    });
    const shown = await nora.ask('POST', `/secrets/${secret}/reveal`);
    expect(shown.json()).toMatchObject({ secret: 'secret of acme' });
    expect((await nora.ask('POST', `/secrets/${secret}/reveal`)).statusCode).toBe(410);
    expect((await nora.ask('GET', '/secrets')).json()).toEqual({ items: [] });
  });

  it('opens with no key of an operator, and its session opens nothing of theirs', async () => {
    const response = await world.server.inject({ url: `/api/v1/runs/${acme.run}`, headers: { cookie: nora.cookie } });
    expect(response.statusCode).toBe(401);
  });
});

describe('a role of the same name', () => {
  it('that is the vendor’s in another runbook opens nothing there', async () => {
    await world.world.publish(OTHER_RUNBOOK);
    const gamma = await world.start('gamma');
    const browser = await world.enter(gamma);
    const inside = { runbook: 'inside', product: 'cutlist', intake: { slug: 'gamma-inside' } };
    const { id } = await world.world.start(JSON.stringify(inside));
    await test.asSuperuser('update tenantry.runs set tenant_id = $2, client_id = $3 where id = $1', [
      id,
      gamma.tenantId,
      gamma.clientId,
    ]);
    const { tasks } = await browser.overview();
    expect(tasks.map(({ step }) => step)).toEqual(['details']);
    expect((await browser.ask('POST', `/runs/run_${id}/tasks/ours/complete`, {})).statusCode).toBe(404);
    // Asked of both: done in the role that is the client's.
    expect((await browser.ask('POST', `/runs/run_${id}/tasks/shared/complete`, {})).statusCode).toBe(404);
  });
});

const OTHER_RUNBOOK = `
runbook: inside
version: "1.0"
title: Inside
owner: engineer
subject: new_tenant
intake: { type: object, properties: { slug: { type: string } } }
roles:
  engineer: { title: Engineering }
  client_technical: { title: Our own technician }
  client_it: { title: IT administrator, party: client }
may: { override: [engineer], cancel: [engineer], rollback: [engineer] }
phases:
  - id: only
    owner: engineer
    parallel: true
    steps:
      - { id: ours, task: Look at the invoices, owner: client_technical }
      - { id: shared, task: Look together, owner: { any: [client_technical, client_it] } }
`;

/** What is there of beta, row by row. */
const snapshot = () =>
  test.asSuperuser(
    `select 'draft' as what, revision::text as of from tenantry.portal_drafts where tenant_id = $1
     union all select 'upload', sha256 from tenantry.portal_uploads where tenant_id = $1
     union all select 'message', text from tenantry.portal_messages where tenant_id = $1
     union all select 'run', revision::text from tenantry.runs where tenant_id = $1
     union all select 'spent', coalesce(spent_by, '') from tenantry.reveal_links where tenant_id = $1 order by 1, 2`,
    [beta.tenantId],
  );
