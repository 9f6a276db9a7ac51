import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emailConnector, startMailbox } from '../../connectors/email/index.ts';
import { httpConnector } from '../../connectors/http/index.ts';
import { Secret } from '../../connectors/kit/index.ts';
import { postgresConnector } from '../../connectors/postgres/index.ts';
import { cloneDatabase } from '../../db/testing/index.ts';
import { saveEnvironment } from '../../products/index.ts';
import { sealSecret } from '../../vault/index.ts';
import { ADA, BOB, openWorld } from '../testing/world.ts';
import { openRegistry } from './registry.ts';
import { testConnection } from './test-connection.ts';

const TOKEN = 'an-api-token-nobody-may-see';
const test = await cloneDatabase();
const world = await openWorld(test);
const registry = openRegistry([postgresConnector, httpConnector, emailConnector]);

let api: Server;
let mailbox: Awaited<ReturnType<typeof startMailbox>>;
let folder: string;
let requests: string[] = [];

beforeAll(async () => {
  api = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.writeHead(request.headers.authorization === `Bearer ${TOKEN}` ? 200 : 401).end(TOKEN);
  });
  await new Promise<void>((done) => {
    api.listen(0, '127.0.0.1', done);
  });
  folder = await mkdtemp(join(tmpdir(), 'tenantry-mailbox-'));
  mailbox = await startMailbox({ folder });
  const { port } = api.address() as AddressInfo;
  const base = { base_url: `http://127.0.0.1:${port}`, allow_private: true };
  await world.as(ADA, async (ctx) => {
    const owner = { kind: 'connection', id: 'cutlist/production' } as const;
    const { ref } = await sealSecret(
      { ...ctx, keyring: world.keyring },
      { tenantId: null, label: 'api', secret: new Secret(`Bearer ${TOKEN}`), owner },
    );
    const { host, user, database, port: postgresPort } = test.connection;
    await saveEnvironment(ctx, {
      productId: 'cutlist',
      name: 'production',
      connections: {
        postgres: { app: { host, port: postgresPort, user, database } },
        http: {
          good: { ...base, headers: { authorization: ref } },
          stranger: base,
          gone: { base_url: 'http://127.0.0.1:9', allow_private: true },
        },
        smtp: { default: { host: '127.0.0.1', port: mailbox.port, from: 'a@vendor.example', mailbox: folder } },
        carrier_pigeon: { blue: { loft: 'south' } },
      },
    });
  });
});
afterAll(async () => {
  api.close();
  await mailbox[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const deps = { database: test.database, keyring: world.keyring, registry, now: () => new Date() };
const tryOut = (kind: string, name: string, actor = ADA) =>
  testConnection(deps, actor, { product: 'cutlist', environment: 'production', kind, name });

describe('a connection that is tried', () => {
  it('is reached with its own credentials, and says what answered', async () => {
    expect((await tryOut('postgres', 'app')).found?.found).toMatch(/^PostgreSQL \d.+database "test_\w+" as "\w+"\.$/);
    expect(await tryOut('http', 'good')).toMatchObject({
      found: { found: expect.stringMatching(/^127\.0\.0\.1:\d+ answered 200 after/), simulated: false },
      fault: undefined,
    });
    expect(requests).toEqual(['GET /']);
  });

  it('is marked as simulated where a stand-in answers', async () => {
    expect((await tryOut('smtp', 'default')).found).toMatchObject({ simulated: true });
  });

  it('that does not answer, or not to us, is a result with its cause', async () => {
    const refused = await tryOut('http', 'stranger');
    expect(refused).toMatchObject({ found: undefined, fault: { code: 'connector.unauthorized' } });
    expect((await tryOut('http', 'gone')).fault).toMatchObject({ code: 'connector.unreachable' });
    expect(JSON.stringify(refused)).not.toContain(TOKEN);
  });

  it('leaves who tried what in the audit, and no secret', async () => {
    requests = [];
    await tryOut('http', 'good');
    const rows = await test.asSuperuser<{ row: string }>(
      `select a::text as row from tenantry.audit_log a where action = 'product.connection_tested' order by seq desc limit 1`,
    );
    expect(rows[0]?.row).toContain('production/http/good');
    expect(rows[0]?.row).not.toContain(TOKEN);
  });

  it('is refused where nobody knows to try its kind, there is none of that name, or the actor may not', async () => {
    await expect(tryOut('carrier_pigeon', 'blue')).rejects.toMatchObject({ code: 'request.invalid' });
    await expect(tryOut('http', 'nowhere')).rejects.toMatchObject({ code: 'request.invalid' });
    const reader = { ...BOB, scopes: ['runbooks:read' as const] };
    await expect(tryOut('http', 'good', reader)).rejects.toMatchObject({ code: 'access.forbidden' });
    expect(requests).toEqual(['GET /']);
  });
});
