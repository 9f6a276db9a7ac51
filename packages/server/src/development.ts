/**
 * What only a development installation has: stand-ins for people, their approvals of the shipped runbooks, a
 * mailbox that delivers to nobody, and the file that gives the command line its keys. None of it counts elsewhere.
 */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bug } from '@tenantry/contract';
import { z } from 'zod';
import { type Ctx, type PersonActor, SCOPES, type Scope, systemActor } from './access/index.ts';
import type { SecretRef } from './connectors/kit/index.ts';
import { changeClient, ensureClient, type NewOidcClient } from './identity/index.ts';
import { createKey, seedDevelopmentIdentities } from './people/index.ts';
import { saveEnvironment } from './products/index.ts';
import { approveRunbook, listRunbooks, readClientFile } from './runbooks/index.ts';
import { upsertClient } from './tenants/index.ts';
import { findRevealLink, openSecret } from './vault/index.ts';
import type { ControlPlane } from './wire.ts';

export interface DevelopmentIdentityKey {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly party: 'vendor' | 'client';
  readonly roles: readonly string[];
  readonly key: string;
}

export interface DevelopmentInstallation {
  /** The file the command line finds its keys in. */
  readonly cliFile: string;
  readonly identities: readonly DevelopmentIdentityKey[];
}

export interface DevelopmentOptions {
  /** The client file the installation shows; its contacts become the client person. */
  readonly clientFile?: { readonly source: string; readonly file: string } | undefined;
}

/** Everybody who has to say yes to something in the shipped runbooks; two people, so that nobody approves alone. */
const OPERATORS = [
  {
    name: 'Dana Fischer',
    email: 'dana@vendor.example',
    roles: ['engineering', 'engineering_lead', 'sales_engineering', 'support'],
  },
  {
    name: 'Lee Okafor',
    email: 'lee@vendor.example',
    roles: ['customer_success', 'customer_success_lead', 'engineering_lead', 'cto', 'legal'],
  },
] as const;

const CLIENT_SCOPES: readonly Scope[] = ['runs:read', 'runs:write', 'support:read', 'support:grant'];

const cliFileSchema = z.object({
  url: z.string(),
  default: z.string(),
  identities: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      email: z.string(),
      party: z.enum(['vendor', 'client']),
      roles: z.array(z.string()),
      key: z.string(),
    }),
  ),
});

/** Safe at every start: what is there already stays, keys included. */
export async function prepareDevelopment(
  plane: ControlPlane,
  options: DevelopmentOptions = {},
): Promise<DevelopmentInstallation> {
  const identities = await seedIdentities(plane, options);
  await approveShipped(plane, identities);
  const cliFile = join(plane.config.dataDir, 'cli.json');
  await writePrivate(cliFile, { url: plane.url ?? plane.config.publicUrl, default: OPERATORS[0].name, identities });
  return { cliFile, identities };
}

/** The connections and settings that a runbook's steps have in this installation. */
export const saveDevelopmentEnvironment = (
  plane: ControlPlane,
  productId: string,
  environment: {
    readonly connections: Readonly<Record<string, unknown>>;
    readonly settings: Readonly<Record<string, unknown>>;
  },
): Promise<unknown> =>
  asSystem(plane, (ctx) => saveEnvironment(ctx, { productId, name: 'production', ...environment }));

export interface DevelopmentApplication {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * Registers an example application with the OpenID Provider, or takes it up again with a new secret.
 *
 * @throws request.invalid, product.not_found
 */
export async function registerDevelopmentApplication(
  plane: ControlPlane,
  application: NewOidcClient,
): Promise<DevelopmentApplication> {
  const { client, secret } = await asSystem(plane, (ctx) => ensureClient(ctx, application));
  return { issuer: plane.issuer, clientId: client.id, clientSecret: secret?.reveal() ?? '' };
}

/** A key by which an example application reports the figures of its tenants, and can do nothing else. */
export async function issueMetricsKey(
  plane: ControlPlane,
  product: string,
  identities: readonly DevelopmentIdentityKey[],
): Promise<string> {
  const holder = identities.find(({ party }) => party === 'vendor');
  if (holder === undefined) throw bug('A development installation has no identity of the vendor.');
  const wanted = { personId: holder.id, name: `Figures of ${product}`, scopes: ['metrics:write' as const] };
  return (await asSystem(plane, (ctx) => createKey(ctx, wanted))).key;
}

/** A key by which the guard inside an example application follows its tenants, and can do nothing else. */
export async function issueGuardKey(
  plane: ControlPlane,
  product: string,
  identities: readonly DevelopmentIdentityKey[],
): Promise<string> {
  const holder = identities.find(({ party }) => party === 'vendor');
  if (holder === undefined) throw bug('A development installation has no identity of the vendor.');
  const wanted = { personId: holder.id, name: `Guard of ${product}`, scopes: ['guard:read' as const] };
  return (await asSystem(plane, (ctx) => createKey(ctx, wanted))).key;
}

/** The control plane believes the certificate of an example application, which is nobody's but its own. */
export const trustDevelopmentApplication = (plane: ControlPlane, clientId: string, trustedCa: string) =>
  asSystem(plane, (ctx) => changeClient(ctx, clientId, { trustedCa }));

const asSystem = <T>(plane: ControlPlane, fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
  plane.database.transaction('operator', (tx) => fn({ tx, actor: systemActor('development'), now: new Date() }));

async function seedIdentities(
  plane: ControlPlane,
  options: DevelopmentOptions,
): Promise<readonly DevelopmentIdentityKey[]> {
  const kept = await readKept(join(plane.config.dataDir, 'cli.json'));
  const wanted = [
    ...OPERATORS.map((person) => ({ ...person, party: 'vendor' as const })),
    ...(await clientPerson(plane, options)),
  ];
  const known = new Map(kept.map((identity) => [identity.email, identity]));
  const seeded = await asSystem(plane, (ctx) =>
    seedDevelopmentIdentities(
      ctx,
      wanted.map((person) => ({
        ...person,
        roles: [...person.roles],
        key: { name: 'development', scopes: person.party === 'client' ? CLIENT_SCOPES : SCOPES },
      })),
      // Keys are kept as hashes: without the file their text is lost and new ones are needed.
      { reissueKeys: wanted.some((person) => !known.has(person.email)) },
    ),
  );
  return wanted.flatMap((person) => {
    const found = seeded.find((each) => each.email === person.email);
    const key = found?.key ?? known.get(person.email)?.key;
    const { name, email, party, roles } = person;
    return found === undefined || key === undefined
      ? []
      : [{ id: found.id, name, email, party, roles: [...roles], key }];
  });
}

interface ClientPerson {
  readonly name: string;
  readonly email: string;
  readonly party: 'client';
  readonly roles: readonly string[];
  readonly clientId: string;
}

/** The technical contact of the sample client, who accepts the result. */
async function clientPerson(plane: ControlPlane, { clientFile }: DevelopmentOptions): Promise<readonly ClientPerson[]> {
  if (clientFile === undefined) return [];
  const { data } = readClientFile(clientFile).document;
  const client = data.client as Parameters<typeof upsertClient>[1] | undefined;
  const contact = client?.contacts?.find((each) => each.role === 'technical_lead') ?? client?.contacts?.[0];
  if (client === undefined || contact?.name === undefined) return [];
  const { id } = await asSystem(plane, (ctx) => upsertClient(ctx, client));
  return [
    {
      name: contact.name,
      email: contact.email,
      party: 'client',
      roles: ['client_technical', 'client_it', 'client_admin'],
      clientId: id,
    },
  ];
}

/** Each asked-for role is filled by the identity that holds it; the approvals say what they are. */
async function approveShipped(plane: ControlPlane, identities: readonly DevelopmentIdentityKey[]): Promise<void> {
  for (const runbook of await asSystem(plane, (ctx) => listRunbooks(ctx.tx, 'development'))) {
    for (const role of runbook.missing) {
      const person = identities.find((each) => each.roles.includes(role));
      if (person === undefined) continue;
      const { key: _key, ...rest } = person;
      const actor: PersonActor = { kind: 'person', ...rest, scopes: SCOPES, development: true };
      await plane.database.transaction('operator', (tx) =>
        approveRunbook({ tx, actor, now: new Date() }, { id: runbook.id, version: runbook.version, role }),
      );
    }
  }
}

async function readKept(path: string): Promise<readonly DevelopmentIdentityKey[]> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const parsed = cliFileSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data.identities : [];
}

async function writePrivate(path: string, value: unknown): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
}

/**
 * The one-time links that a run made, for the terminal of a development installation, where no mail arrives.
 * A link that was opened already is not among them.
 */
export async function developmentLinks(
  plane: ControlPlane,
  runId: string,
): Promise<readonly { readonly step: string; readonly forWhom: string; readonly url: string }[]> {
  const now = new Date();
  return plane.database.transaction('operator', async (tx) => {
    const ctx = { tx, now, keyring: plane.keyring, actor: systemActor('development') };
    const { rows } = await tx.query<{ step_id: string; output: { url?: SecretRef; link?: string; for?: string } }>(
      `select s.step_id, s.state -> 'output' as output from run_steps s join run_attempts a using (run_id, step_id)
       where s.run_id = $1 and a.name = 'vault.share' and a.status = 'passed'`,
      [runId],
    );
    const links = [];
    for (const { step_id: step, output } of rows) {
      const state = output.link === undefined ? undefined : await findRevealLink(ctx, output.link);
      if (
        output.url === undefined ||
        state === undefined ||
        state.spentAt !== undefined ||
        state.withdrawnAt !== undefined
      )
        continue;
      const within = { owner: { kind: 'run' as const, id: runId } };
      const url = await openSecret(ctx, output.url, {
        purpose: 'show it in the terminal of a development installation',
        within,
      });
      links.push({ step, forWhom: output.for ?? '', url: url.reveal() });
    }
    return links;
  });
}
