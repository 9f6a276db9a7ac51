import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { allowLogin } from '../db/roles.ts';
import { hashPassword } from '../sessions/passwords.ts';
import { type Cutlist, type CutlistOptions, startCutlist } from '../start.ts';
import { Client } from './client.ts';
import { PASSWORD, startTestDatabase, type TestDatabase, withClient } from './cluster.ts';

export const USER_PASSWORD = 'a plank of quiet oak';

export interface TestUser {
  readonly email: string;
  readonly role?: 'admin' | 'member' | 'viewer';
  readonly pilot?: boolean;
  readonly mustChangePassword?: boolean;
}

export interface TestTenant {
  readonly slug: string;
  readonly plan?: string;
  readonly status?: string;
  readonly settings?: unknown;
  readonly users: readonly TestUser[];
}

/** The application as installed, with a clock the test turns. */
export interface Installation {
  readonly database: TestDatabase;
  readonly cutlist: Cutlist;
  readonly now: { at: Date };
  /** As the control plane does it: under the provisioning role. */
  provision(tenant: TestTenant): Promise<string>;
  asProvisioner<T>(work: (client: pg.Client) => Promise<T>): Promise<T>;
  /** Somebody logged in. */
  visit(tenant: string, email: string): Promise<Client>;
  stop(): Promise<void>;
}

export async function install(
  options: Partial<Pick<CutlistOptions, 'oidc' | 'httpsPort' | 'metrics' | 'selfCheckKey' | 'guard'>> = {},
): Promise<Installation> {
  const database = await startTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'cutlist-data-'));
  const now = { at: new Date('2026-11-20T09:00:00Z') };
  const { appUrl, ownerUrl } = database;
  const cutlist = await startCutlist({
    appUrl,
    ownerUrl,
    dataDir,
    httpsPort: 0,
    httpPort: 0,
    clock: () => now.at,
    ...options,
  });
  await withClient(ownerUrl, (client) => allowLogin(client, 'cutlist_provisioner', PASSWORD));
  const passwordHash = await hashPassword(USER_PASSWORD);
  const asProvisioner: Installation['asProvisioner'] = (work) => withClient(database.provisionerUrl, work);
  return {
    database,
    cutlist,
    now,
    asProvisioner,
    provision: (tenant) => asProvisioner((client) => provisionTenant(client, tenant, passwordHash)),
    visit: async (tenant, email) => {
      const client = await Client.of(cutlist);
      const answer = await client.logIn(tenant, email, USER_PASSWORD);
      if (answer.status !== 200) throw new Error(`Log-in of ${email} was answered ${answer.status}: ${answer.text}`);
      return client;
    },
    stop: async () => {
      await cutlist.close();
      await database.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function provisionTenant(client: pg.Client, tenant: TestTenant, passwordHash: string): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    'insert into tenants (name, slug, plan, status, settings) values ($1, $2, $3, $4, $5) returning id',
    [
      `Workshop ${tenant.slug}`,
      tenant.slug,
      tenant.plan ?? 'enterprise',
      tenant.status ?? 'active',
      JSON.stringify(tenant.settings ?? { limits: { api_calls_per_15min: 10_000 } }),
    ],
  );
  const id = rows[0]?.id ?? '';
  for (const user of tenant.users) {
    await client.query(
      `insert into users (tenant_id, email, full_name, role, pilot, password_hash, must_change_password)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [
        id,
        user.email,
        `Person ${user.email}`,
        user.role ?? 'member',
        user.pilot ?? false,
        passwordHash,
        user.mustChangePassword ?? false,
      ],
    );
  }
  await client.query('insert into settings (tenant_id) values ($1)', [id]);
  return id;
}
