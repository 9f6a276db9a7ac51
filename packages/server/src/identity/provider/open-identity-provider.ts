import { randomBytes } from 'node:crypto';
import type { Provider } from 'oidc-provider';
import { Secret } from '../../connectors/kit/index.ts';
import type { Database } from '../../db/index.ts';
import type { Keyring } from '../../vault/index.ts';
import type { AccessTokens, SessionEndedListener } from '../authentication.ts';
import { type CookieRules, cookieRules } from './browser-session.ts';
import { createProvider, ISSUER_PATH } from './create-provider.ts';
import { deliverLogOuts, endLogIns } from './log-outs.ts';
import { providerPages } from './provider-pages.ts';
import { loadCookieKey, loadSigningKeys, rotateSigningKeys, type SigningKey } from './signing-keys.ts';
import { accessTokens } from './tokens.ts';
import type { UserDoor } from './user-door.ts';

export interface IdentityProviderDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  /** No slash at its end. */
  readonly publicUrl: string;
  readonly now: () => Date;
  readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
}

/** The OpenID Provider of this process. */
export interface IdentityProvider {
  readonly issuer: string;
  readonly publicUrl: string;
  readonly database: Database;
  readonly cookies: CookieRules;
  readonly now: () => Date;
  readonly log: IdentityProviderDeps['log'];
  /** Of our own API. */
  readonly tokens: AccessTokens;
  /** For `onSessionEnded`: once in each process that can end a session. */
  readonly sessionEnded: SessionEndedListener;
  /** Its pages and endpoints work with these users; made once. */
  serve(users: UserDoor): ServedProvider;
  /** Makes keys that are due and takes up those that another process made. Every few minutes will do. */
  refreshKeys(): Promise<void>;
  /** Tells applications of log-outs; every second. Answers how many were reached. */
  deliverLogOuts(): Promise<number>;
}

export interface ServedProvider {
  readonly users: UserDoor;
  /** With the keys of now. */
  provider(): Provider;
}

/** Opens it with the keys of the vault, which are made at the first start. */
export async function openIdentityProvider(deps: IdentityProviderDeps): Promise<IdentityProvider> {
  const { database, publicUrl, now, log } = deps;
  const issuer = `${publicUrl}${ISSUER_PATH}`;
  const cookies = cookieRules(publicUrl);
  await rotateSigningKeys(deps, now());
  let keys: readonly SigningKey[] = await loadSigningKeys(deps, now());
  const cookieKey = await loadCookieKey(deps, new Secret(randomBytes(32).toString('base64url')), now());
  const served: { rebuild: () => void }[] = [];
  const currentKeys = (): readonly SigningKey[] => keys;

  return {
    issuer,
    publicUrl,
    database,
    cookies,
    now,
    log,
    tokens: accessTokens({ issuer, audience: `${publicUrl}/api`, keys: currentKeys }),
    sessionEnded: endLogIns,
    serve: (users) => {
      const pages = providerPages({ database, cookies });
      const build = (): Provider =>
        createProvider({ database, users, cookies, publicUrl, cookieKey, now, log, pages }, keys);
      let provider = build();
      served.push({
        rebuild: () => {
          provider = build();
        },
      });
      return { users, provider: () => provider };
    },
    refreshKeys: async () => {
      await rotateSigningKeys(deps, now());
      const before = orderOf(keys);
      keys = await loadSigningKeys(deps, now(), keys);
      if (orderOf(keys) !== before) for (const each of served) each.rebuild();
    },
    deliverLogOuts: () => deliverLogOuts({ database, issuer, keys: currentKeys, log }, now()),
  };
}

/** The first of an algorithm signs, so their order says all. */
const orderOf = (keys: readonly SigningKey[]): string => keys.map(({ kid }) => kid).join(' ');
