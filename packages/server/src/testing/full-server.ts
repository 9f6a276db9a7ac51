/**
 * The HTTP server with every route of the control plane, as the composition root opens it, over a database of the
 * test and with the real authenticator: for tests about all routes together.
 */
import { emptyCatalog } from '@tenantry/runbook';
import { systemActor } from '../access/index.ts';
import { auditRoutes } from '../audit/routes.ts';
import type { TestDatabase } from '../db/testing/index.ts';
import { createHttpServer, createLogger, type HttpServer } from '../http/index.ts';
import { passwordFault } from '../identity/core/password.ts';
import { hashPassword, matchesPassword } from '../identity/hash-password.ts';
import { keyAuthenticator, type OperatorSecrets, type PasswordWork, type ProviderSettings } from '../people/index.ts';
import { operatorRoutes } from '../people/operator-routes.ts';
import { peopleRoutes } from '../people/routes.ts';
import { signInRoutes } from '../people/sign-in-routes.ts';
import { supportRoutes } from '../people/support-routes.ts';
import { catalogRoutes } from '../runbooks/catalog-routes.ts';
import { evidenceRoutes } from '../runbooks/evidence-routes.ts';
import { watchRuns } from '../runbooks/index.ts';
import { runRoutes } from '../runbooks/routes.ts';
import { openWorld, type World } from '../runbooks/testing/world.ts';
import { serveStartPage } from '../start-page.ts';
import { tenantRoutes } from '../tenants/routes.ts';
import { type Keyring, loadCheckpointSigner, openSecret, sealSecret } from '../vault/index.ts';
import { vaultRoutes } from '../vault/routes.ts';

export interface FullServer {
  readonly server: HttpServer;
  /** Product `cutlist`, a keyring and a registry of made-up actions. */
  readonly world: World;
  close(): Promise<void>;
}

export interface FullServerOptions {
  readonly now?: () => Date;
  readonly provider?: ProviderSettings;
  readonly publicUrl?: string;
}

/** Close it after the last test of the file. */
export async function openFullServer(test: TestDatabase, options: FullServerOptions = {}): Promise<FullServer> {
  const { database, connection } = test;
  const { now = () => new Date(), publicUrl = 'http://localhost:7400' } = options;
  const world = await openWorld(test);
  const { keyring, registry } = world;
  const signer = await database.transaction('operator', (tx) =>
    loadCheckpointSigner({ tx, keyring, now: now(), actor: systemActor('audit') }),
  );
  const authenticator = keyAuthenticator({ database, now });
  const authenticate = (text: string) => authenticator.authenticate(text);
  const watch = watchRuns(connection);
  const server = await createHttpServer({
    config: { publicUrl, bodyLimitBytes: 65_536, rateLimitPerMinute: 1_000_000 },
    logger: createLogger({ logLevel: 'silent' }),
    database,
    now,
    authenticate,
  });
  serveStartPage(server, { development: false });
  runRoutes(server, { registry, keyring, mode: 'production', watch });
  evidenceRoutes(server, { signer });
  catalogRoutes(server, { ...emptyCatalog, ...registry.catalog });
  tenantRoutes(server);
  peopleRoutes(server);
  operatorRoutes(server, { publicUrl });
  supportRoutes(server);
  signInRoutes(server, {
    database,
    now,
    publicUrl,
    authenticate,
    provider: options.provider,
    passwords: testPasswords,
    secrets: vaultSecrets(keyring),
  });
  auditRoutes(server, { signer });
  vaultRoutes(server, { keyring });
  await server.ready();
  const close = async (): Promise<void> => {
    await server.close();
    await watch.close();
    await authenticator.close();
  };
  return { server, world, close };
}

export const testPasswords: PasswordWork = {
  hash: hashPassword,
  matches: matchesPassword,
  fault: (password, email) => passwordFault(password, { email, current: '' }),
};

/** The secrets of operators' authenticator apps in the vault, as the control plane's own. */
export const vaultSecrets = (keyring: Keyring): OperatorSecrets => ({
  seal: async (ctx, personId, secret) => {
    const owner = { kind: 'user', id: personId } as const;
    const { ref } = await sealSecret(
      { ...ctx, keyring },
      { tenantId: null, label: 'authenticator app', secret, owner },
    );
    return ref;
  },
  open: (ctx, personId, ref) =>
    openSecret({ ...ctx, keyring }, ref, {
      purpose: 'check a code at sign-in',
      within: { owner: { kind: 'user', id: personId } },
    }),
});
