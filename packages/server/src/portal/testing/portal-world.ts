/** Two clients with a run each, as their portals see them: the whole server, a real database, and a clock to turn. */
import { randomUUID } from 'node:crypto';
import { type PortalOverviewView, type PortalTaskView, toWireId } from '@tenantry/contract';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { systemActor } from '../../access/index.ts';
import type { TestDatabase } from '../../db/testing/index.ts';
import { createKey, createPerson } from '../../people/index.ts';
import { openFullServer } from '../../testing/full-server.ts';
import { openSecret } from '../../vault/index.ts';

const RUNBOOK = `
runbook: joining
version: "1.0"
title: Joining
owner: engineer
subject: new_tenant
intake:
  type: object
  required: [slug, email]
  properties: { slug: { type: string }, email: { type: string }, company: { type: string }, note: { type: string } }
roles:
  engineer: { title: Engineering }
  client_technical: { title: Technical contact, party: client, contact: "\${{ intake.email }}" }
  client_it: { title: IT administrator, party: client }
may: { override: [engineer], cancel: [engineer], rollback: [engineer] }
phases:
  - id: about
    title: About you
    owner: engineer
    duration: 1w
    parallel: true
    steps:
      - id: details
        title: Tell us how you work
        task: Fill in how you work
        instructions: "For \${{ intake.company }}"
        owner: client_technical
        checklist: [{ id: asked, item: Everybody was asked }]
        form:
          size: { type: integer, minimum: 1, title: People }
          api_token: { type: string, x-secret: true, title: Token }
          metadata: { type: string, format: file, title: Metadata }
      - id: network
        title: Open the firewall
        task: Open the firewall
        owner: client_it
      - id: contract_review
        title: Ask finance whether they ever paid
        task: Ask finance
        owner: engineer
  - id: acceptance
    title: Acceptance
    owner: engineer
    duration: 3d
    steps:
      - id: accepted
        title: You accept
        sign_off: { by: [client_technical, engineer], of: [steps.details], statement: It works as agreed }
      - id: after
        title: After it
        task: Go on
        owner: engineer
`;

export const PORTAL_START = new Date('2026-11-20T09:00:00Z');
const PUBLIC_URL = 'http://localhost:7400';

export interface PortalClient {
  readonly slug: string;
  readonly run: string;
  readonly runId: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly email: string;
}

/** A browser of one person: keeps its cookie, and says where its requests come from. */
export class PortalBrowser {
  cookie = '';
  private readonly send: (options: InjectOptions) => Promise<LightMyRequestResponse>;
  constructor(send: (options: InjectOptions) => Promise<LightMyRequestResponse>) {
    this.send = send;
  }

  async ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<LightMyRequestResponse> {
    const response = await this.send({
      method,
      url: `/portal/api${path}`,
      headers: { 'sec-fetch-site': 'same-origin', ...(this.cookie === '' ? {} : { cookie: this.cookie }) },
      ...(body === undefined ? {} : { payload: body }),
    });
    const [set] = [response.headers['set-cookie']].flat();
    if (set !== undefined) this.cookie = set.split(';')[0] ?? '';
    return response;
  }

  async upload(path: string, field: string, name: string, bytes: Uint8Array): Promise<LightMyRequestResponse> {
    return this.send({
      method: 'POST',
      url: `/portal/api${path}/files?${new URLSearchParams({ field, name }).toString()}`,
      headers: { 'sec-fetch-site': 'same-origin', cookie: this.cookie, 'content-type': 'application/octet-stream' },
      payload: Buffer.from(bytes),
    });
  }

  async overview(): Promise<PortalOverviewView> {
    return (await this.ask('GET', '/overview')).json();
  }

  async task(run: string, step: string): Promise<PortalTaskView> {
    return (await this.ask('GET', `/runs/${run}/tasks/${step}`)).json();
  }
}

export async function openPortalWorld(test: TestDatabase) {
  const clock = { at: PORTAL_START };
  const { server, world, portal, close } = await openFullServer(test, { now: () => clock.at, publicUrl: PUBLIC_URL });
  await world.publish(RUNBOOK);
  const asSystem = { actor: systemActor('test'), now: clock.at };
  const key = await test.database.transaction('operator', async (tx) => {
    const ctx = { ...asSystem, tx };
    const { id } = await createPerson(ctx, {
      name: 'Olive',
      email: 'olive@vendor.example',
      party: 'vendor',
      roles: ['engineer'],
    });
    await tx.query(`insert into grants (person_id, role, source, at) values ($1, 'owner', 'setup', $2)`, [
      id,
      clock.at,
    ]);
    return (await createKey(ctx, { personId: id, name: 'test', scopes: ['runs:read', 'runs:write'] })).key;
  });

  const start = async (slug: string, language = 'en'): Promise<PortalClient> => {
    const email = `nora@${slug}.example`;
    const contacts = [{ role: 'technical_lead', name: 'Nora Lindqvist', email }];
    const client = { reference: slug, legal_name: `${slug} Ltd`, language, contacts };
    const intake = { slug, email, company: `${slug} Ltd` };
    const record = await world.start(JSON.stringify({ runbook: 'joining', product: 'cutlist', client, intake }));
    const { tenantId, clientId } = record.meta;
    return {
      slug,
      run: toWireId('run', record.id),
      runId: record.id,
      tenantId: tenantId ?? '',
      clientId: clientId ?? '',
      email,
    };
  };

  const operate = (method: 'GET' | 'POST', path: string, body?: object): Promise<LightMyRequestResponse> =>
    server.inject({
      method,
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${key}`, 'idempotency-key': randomUUID() },
      ...(body === undefined ? {} : { payload: body }),
    });

  const browser = (): PortalBrowser => new PortalBrowser((options) => server.inject(options));

  /** The token of a link that is shown and not mailed. */
  const linkOf = async (client: PortalClient, more: object = {}): Promise<{ id: string; token: string }> => {
    const body = { role: 'client_technical', send: false, ...more };
    const response = await operate('POST', `/runs/${client.run}/portal-links`, body);
    const { id, url } = response.json<{ id: string; url: string }>();
    return { id, token: new URL(url).hash.slice(1) };
  };

  const enter = async (client: PortalClient, more: object = {}): Promise<PortalBrowser> => {
    const { token } = await linkOf(client, more);
    const visitor = browser();
    const response = await visitor.ask('POST', '/open', { token });
    if (response.statusCode !== 200) throw new Error(response.body);
    return visitor;
  };

  /** Mails of one template to one address, oldest first, with the token of their link. */
  const mailsTo = async (to: string, template: string) => {
    const rows = await test.asSuperuser<{ content: Record<string, string | { $secret: string }> }>(
      'select content from tenantry.mail_outbox where recipient = $1 and template = $2 order by created_at, id',
      [to, template],
    );
    return Promise.all(
      rows.map(async ({ content }) => {
        const { link } = content;
        const url =
          typeof link === 'object'
            ? await test.database.transaction('operator', (tx) =>
                // A link that was revoked takes what the mail holds with it.
                openSecret({ ...asSystem, tx, keyring: world.keyring }, link, { purpose: 'test' }).catch(
                  () => undefined,
                ),
              )
            : undefined;
        return { content, token: url === undefined ? undefined : new URL(url.reveal()).hash.slice(1) };
      }),
    );
  };

  const later = (minutes: number): void => {
    clock.at = new Date(clock.at.getTime() + minutes * 60_000);
  };

  return { server, world, portal, clock, later, start, operate, browser, linkOf, enter, mailsTo, close };
}
