import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { PersonActor } from '../../access/index.ts';
import { operatorPasswords, operatorSecrets } from '../../accounts.ts';
import { Secret } from '../../connectors/kit/index.ts';
import type { Database } from '../../db/index.ts';
import { createHttpServer, createLogger, type HttpServer } from '../../http/index.ts';
import { createPasswordHasher } from '../../identity/index.ts';
import { createKeyring } from '../../vault/index.ts';
import { keyAuthenticator, type OperatorMails, type ProviderSettings } from '../index.ts';
import { peopleRoutes } from '../routes.ts';
import { signInRoutes } from '../sign-in-routes.ts';
import { keptMails } from './kept-mails.ts';

export const SITE = 'https://tenantry.example';

export interface SignInSite {
  readonly server: HttpServer;
  /** The person a cookie stands for. */
  whoIs(cookie: string | undefined): Promise<PersonActor | undefined>;
}

/** The pages of signing in and `/api/v1/whoami`, closed with the test. */
export async function openSignInSite(
  database: Database,
  options: { readonly provider?: ProviderSettings; readonly now?: () => Date; readonly mails?: OperatorMails } = {},
): Promise<SignInSite> {
  const { now = () => new Date(), provider, mails = keptMails().mails } = options;
  const authenticator = keyAuthenticator({ database, now });
  const authenticate = (text: string) => authenticator.authenticate(text);
  const server = await createHttpServer({
    config: { publicUrl: SITE, bodyLimitBytes: 16_384, rateLimitPerMinute: 100_000 },
    logger: createLogger({ logLevel: 'silent' }),
    database,
    now,
    authenticate,
  });
  onTestFinished(async () => {
    await server.close();
    await authenticator.close();
  });
  peopleRoutes(server);
  signInRoutes(server, {
    database,
    now,
    publicUrl: SITE,
    authenticate,
    provider,
    passwords: operatorPasswords(createPasswordHasher()),
    secrets: operatorSecrets(KEYRING),
    mails,
  });
  await server.ready();
  return { server, whoIs: async (cookie) => (cookie === undefined ? undefined : authenticate(cookie)) };
}

const KEYRING = createKeyring({ current: 'k', keys: { k: new Secret(randomBytes(32).toString('base64')) } });

/** The value a `set-cookie` header gives a cookie; empty when it is taken away. */
export function cookieSet(headers: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const header = headers['set-cookie'];
  const all = Array.isArray(header) ? header : header === undefined ? [] : [header];
  const line = all.map(String).find((each) => each.startsWith(`${name}=`));
  return line?.slice(name.length + 1, line.indexOf(';'));
}

export const SESSION = '__Host-tenantry_operator';
