/**
 * Accounts put together: users of tenants, the mails that go to them, the OpenID Provider that applications log them
 * in with, and how operators sign in. The domains know each other by interfaces; here they meet.
 */
import { availableParallelism } from 'node:os';
import { systemActor } from './access/index.ts';
import type { Duty } from './background.ts';
import type { Config } from './config.ts';
import type { Secret } from './connectors/kit/index.ts';
import type { Database } from './db/index.ts';
import { enqueue } from './engine/index.ts';
import type { Authenticate, HttpServer } from './http/index.ts';
import { accountRoutes } from './identity/account-routes.ts';
import { authRoutes } from './identity/auth-routes.ts';
import { emergencyRoutes } from './identity/emergency-routes.ts';
import { type ExportTakers, userExportRoutes } from './identity/export-routes.ts';
import {
  createPasswordHasher,
  expiryText,
  type IdentityDeps,
  identityJobs,
  onSessionEnded,
  openHashThreads,
  openIdentityProvider,
  openUserDoor,
  type PasswordHasher,
  passwordFault,
  purgeIdentity,
  purgeRecords,
  sweepSessions,
} from './identity/index.ts';
import { applicationRoutes } from './identity/provider/application-routes.ts';
import { accountLinks, identityProviderRoutes } from './identity/provider/routes.ts';
import { userRoutes } from './identity/routes.ts';
import {
  enqueueMail,
  MAIL_TASK,
  type SmtpServer,
  sendMail,
  smtpServerOf,
  smtpTransport,
  sweepMail,
} from './notifications/index.ts';
import { tellOperators } from './operator-notes.ts';
import { providerOf } from './operator-settings.ts';
import type { OperatorMails, OperatorSecrets, PasswordWork } from './people/index.ts';
import { operatorRoutes } from './people/operator-routes.ts';
import { signInRoutes } from './people/sign-in-routes.ts';
import { supportRoutes } from './people/support-routes.ts';
import { isStillAsked } from './runbooks/index.ts';
import { batchOfMail } from './tell-people.ts';
import { followTenants, lifeDuties } from './tenant-life.ts';
import { type Keyring, openSecret, revokeEntry, sealSecret } from './vault/index.ts';

type Job = (payload: Readonly<Record<string, unknown>>) => Promise<void>;

export interface Accounts {
  /** Of the queue, by task. A process without a mail server leaves mails to one that has it. */
  readonly handlers: Readonly<Record<string, Job>>;
  readonly duties: readonly Duty[];
  /** Where applications find the OpenID Provider. */
  readonly issuer: string;
  /** Adds the routes and pages. */
  serve(server: HttpServer, authenticate: Authenticate, takers: ExportTakers): void;
  close(): Promise<void>;
}

export interface AccountsDeps {
  readonly config: Config;
  readonly database: Database;
  readonly keyring: Keyring;
  readonly now: () => Date;
  readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
  /** The mail server of a development installation; the configured one wins. */
  readonly mailbox?: SmtpServer | undefined;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Each takes 19 MiB while it hashes. */
const HASH_THREADS_MAX = 4;

export async function openAccounts(deps: AccountsDeps): Promise<Accounts> {
  const { config, database, keyring, now, log } = deps;
  const { publicUrl } = config;
  const count = Math.min(HASH_THREADS_MAX, availableParallelism());
  const hashThreads = openHashThreads({ count });
  // Each thread has its next password at hand, so that none waits for this one to have time.
  const hasher = createPasswordHasher({ concurrency: 2 * count, functions: hashThreads });
  const identity: IdentityDeps = {
    database,
    keyring,
    hasher,
    enqueueMail,
    enqueueJobs: enqueue,
    links: accountLinks(publicUrl),
  };
  const mails = operatorMails(keyring);
  const idp = await openIdentityProvider({ database, keyring, publicUrl, now, log });
  const stopListening = onSessionEnded(idp.sessionEnded);
  const stopFollowing = followTenants(identity, (ctx, note) => tellOperators(ctx, { config, log }, note));
  const duties: readonly Duty[] = [
    ...lifeDuties(database, identity, now, (ctx, note) => tellOperators(ctx, { config, log }, note)),
    ['end sessions that ran out', MINUTE, () => sweepSessions(database, now())],
    ['tell applications of log-outs', SECOND, () => idp.deliverLogOuts()],
    ['take up new signing keys', 5 * MINUTE, () => idp.refreshKeys()],
    ['queue mails again whose job was lost', MINUTE, () => sweepMail(database, now())],
    ['forget old sessions and links', 60 * MINUTE, () => purgeIdentity(database, now())],
    [
      'forget what the OpenID Provider no longer needs',
      10 * MINUTE,
      () => database.transaction('operator', (tx) => purgeRecords(tx, { now: now() })),
    ],
  ];
  return {
    handlers: { ...identityJobs(identity, now), ...mailJobs(deps) },
    duties,
    issuer: idp.issuer,
    serve: (server, authenticate, takers) => {
      identityProviderRoutes(server, idp, openUserDoor(identity));
      userRoutes(server, identity);
      authRoutes(server, { ...identity, tokens: idp.tokens });
      accountRoutes(server, { ...identity, tokens: idp.tokens });
      userExportRoutes(server, { ...identity, tokens: idp.tokens }, takers);
      emergencyRoutes(server);
      operatorRoutes(server, { publicUrl, mails });
      applicationRoutes(server, { issuer: idp.issuer });
      supportRoutes(server);
      signInRoutes(server, {
        database,
        now,
        publicUrl,
        authenticate,
        provider: providerOf(config),
        passwords: operatorPasswords(hasher),
        secrets: operatorSecrets(keyring),
        mails,
      });
    },
    close: async () => {
      stopListening();
      stopFollowing();
      await hashThreads.close();
    },
  };
}

function mailJobs({ config, database, keyring, now, mailbox }: AccountsDeps): Readonly<Record<string, Job>> {
  const server = mailServerOf(config) ?? mailbox;
  if (server === undefined) return {};
  const transport = smtpTransport(server);
  return {
    [MAIL_TASK]: ({ mail }) =>
      sendMail(
        {
          database,
          transport,
          openLink: (ctx, ref, tenantId) =>
            openSecret({ ...ctx, keyring }, ref, {
              purpose: 'write the link into a mail',
              ...(tenantId === null ? {} : { within: { tenantId } }),
            }),
          now,
          isWanted: async (tx, key) => {
            const batch = batchOfMail(key);
            return batch === undefined || isStillAsked(tx, batch);
          },
        },
        String(mail),
      ),
  };
}

function mailServerOf({ smtpUrl, smtpFrom, publicUrl }: Config): SmtpServer | undefined {
  if (smtpUrl === undefined) return undefined;
  return smtpServerOf(smtpUrl, smtpFrom ?? `no-reply@${new URL(publicUrl).hostname}`);
}

/** Operators' passwords are hashed where users' are, so that both wait in one line. */
export const operatorPasswords = (hasher: PasswordHasher): PasswordWork => ({
  hash: (password) => hasher.hash(password),
  matches: (hashed, password) => hasher.matches({ hashed, password, importedCost: undefined }),
  fault: (password, email) => passwordFault(password, { email }),
});

/** Where the secrets of operators' authenticator apps are kept. */
export const operatorSecrets = (keyring: Keyring): OperatorSecrets => ({
  seal: async (ctx, personId, secret) => {
    const owner = { kind: 'user', id: personId } as const;
    const { ref } = await sealSecret(
      { ...ctx, keyring },
      { tenantId: null, label: 'authenticator app', secret, owner },
    );
    return ref;
  },
  open: (ctx, personId, ref): Promise<Secret> =>
    openSecret({ ...ctx, keyring }, ref, {
      purpose: 'check a code at sign-in',
      within: { owner: { kind: 'user', id: personId } },
    }),
});

const INVITATIONS = systemActor('invitations');

/** Mails to people of the vendor go through the same outbox as those to users; their links wait in the vault. */
export const operatorMails = (keyring: Keyring): OperatorMails => ({
  send: async (ctx, { person, template, key, values = {}, link }) => {
    const owner = { kind: 'user', id: person.id } as const;
    const sealed =
      link === undefined
        ? undefined
        : await sealSecret(
            { ...ctx, keyring },
            {
              tenantId: null,
              label: `link of a mail to operator ${person.id}`,
              secret: link.url,
              owner,
              expiresAt: link.expiresAt,
              kind: 'link',
            },
          );
    await enqueueMail(ctx, {
      tenantId: null,
      to: person.email,
      template,
      key,
      values: {
        name: person.name,
        email: person.email,
        ...values,
        ...(sealed === undefined ? {} : { link: sealed.ref }),
        ...(link === undefined ? {} : { expires: expiryText(link.expiresAt) }),
      },
    });
    return sealed?.ref.$secret ?? null;
  },
  // Whoever ends an invitation need hold nothing of the vault.
  withdraw: async (ctx, linkRef) => {
    await revokeEntry({ ...ctx, keyring, actor: INVITATIONS }, { $secret: linkRef }, 'The invitation has ended.');
  },
});
