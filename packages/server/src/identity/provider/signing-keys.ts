import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { systemActor } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import { Secret } from '../../connectors/kit/index.ts';
import type { Database, Tx } from '../../db/index.ts';
import { type Keyring, openSecret, revokeEntry, sealSecret, type VaultCtx } from '../../vault/index.ts';
import { planKeys, type ScheduledKey, SIGNING_ALGS, type SigningAlg, signingKeyOf } from './core/key-schedule.ts';

/** A key pair; the private half in memory only. */
export interface SigningKey extends ScheduledKey {
  readonly privateJwk: JWK;
}

export interface KeyDeps {
  readonly database: Database;
  readonly keyring: Keyring;
}

interface Row {
  readonly kid: string;
  readonly alg: SigningAlg;
  readonly vault_ref: string;
  readonly created_at: Date;
  readonly signs_from: Date;
}

/** Two processes that find a key missing must not both make one. */
const LOCK = `select pg_advisory_xact_lock(hashtext('tenantry/oidc-signing-keys'))`;

const readRows = async (tx: Tx): Promise<readonly Row[]> =>
  (await tx.query<Row>('select kid, alg, vault_ref, created_at, signs_from from oidc_signing_keys order by signs_from'))
    .rows;

const toScheduled = ({ kid, alg, created_at, signs_from }: Row): ScheduledKey => ({
  kid,
  alg,
  createdAt: created_at,
  signsFrom: signs_from,
});

/** Makes the keys that are due and removes those that are past use. Safe to repeat, in many processes. */
export async function rotateSigningKeys(deps: KeyDeps, now: Date): Promise<boolean> {
  return deps.database.transaction('operator', async (tx) => {
    await tx.query(LOCK);
    const ctx = vaultCtx(deps, tx, now);
    const rows = await readRows(tx);
    const { make, remove } = planKeys(rows.map(toScheduled), now);
    for (const { alg, signsFrom } of make) await makeKey(ctx, alg, signsFrom);
    for (const row of rows.filter(({ kid }) => remove.includes(kid))) await removeKey(ctx, row);
    return make.length + remove.length > 0;
  });
}

const vaultCtx = ({ keyring }: KeyDeps, tx: Tx, now: Date): VaultCtx => ({
  tx,
  keyring,
  now,
  actor: systemActor('oidc'),
});

async function makeKey(ctx: VaultCtx, alg: SigningAlg, signsFrom: Date): Promise<void> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2_048 });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  const { ref } = await sealSecret(ctx, {
    tenantId: null,
    label: `OIDC signing key ${alg}`,
    secret: new Secret(JSON.stringify(jwk)),
    owner: { kind: 'system', id: 'oidc' },
  });
  await ctx.tx.query(
    'insert into oidc_signing_keys (kid, alg, vault_ref, created_at, signs_from) values ($1, $2, $3, $4, $5)',
    [kid, alg, ref.$secret, ctx.now, signsFrom],
  );
  await recordAudit(ctx, {
    action: 'oidc_key.created',
    subject: { kind: 'oidc_key', id: kid },
    detail: { alg, signsFrom: signsFrom.toISOString() },
  });
}

async function removeKey(ctx: VaultCtx, { kid, alg, vault_ref }: Row): Promise<void> {
  await ctx.tx.query('delete from oidc_signing_keys where kid = $1', [kid]);
  await revokeEntry(ctx, { $secret: vault_ref }, 'The key was replaced and nothing it signed is valid any longer.');
  await recordAudit(ctx, { action: 'oidc_key.removed', subject: { kind: 'oidc_key', id: kid }, detail: { alg } });
}

/**
 * The keys of this process. Those that sign come first, which is what oidc-provider goes by. `known` keeps keys that
 * are open already, so that only new ones are taken out of the vault.
 */
export async function loadSigningKeys(
  deps: KeyDeps,
  now: Date,
  known: readonly SigningKey[] = [],
): Promise<readonly SigningKey[]> {
  return deps.database.transaction('operator', async (tx) => {
    const ctx = vaultCtx(deps, tx, now);
    const keys: SigningKey[] = [];
    for (const row of await readRows(tx)) {
      const open = known.find(({ kid }) => kid === row.kid);
      keys.push({ ...toScheduled(row), privateJwk: open?.privateJwk ?? (await openKey(ctx, row)) });
    }
    const signing = SIGNING_ALGS.flatMap((alg) => signingKeyOf(keys, alg, now) ?? []);
    return [...signing, ...keys.filter((key) => !signing.includes(key))];
  });
}

async function openKey(ctx: VaultCtx, { vault_ref }: Row): Promise<JWK> {
  const within = { owner: { kind: 'system', id: 'oidc' } } as const;
  const text = await openSecret(ctx, { $secret: vault_ref }, { purpose: 'Sign tokens of the OIDC provider.', within });
  return JSON.parse(text.reveal()) as JWK;
}

/** As oidc-provider and `jose` take it. */
export const toJwk = ({ kid, alg, privateJwk }: SigningKey): JWK => ({ ...privateJwk, kid, alg, use: 'sig' });

const COOKIE_KEY = 'tenantry/oidc-cookie-key';

/** Signs the provider's cookies; made once, sealed in the vault. */
export async function loadCookieKey(deps: KeyDeps, fresh: Secret, now: Date): Promise<Secret> {
  return deps.database.transaction('operator', async (tx) => {
    const ctx = vaultCtx(deps, tx, now);
    const owner = { kind: 'system', id: 'oidc' } as const;
    const { ref } = await sealSecret(ctx, {
      tenantId: null,
      label: 'OIDC cookie key',
      secret: fresh,
      owner,
      // The first one sealed under this key is answered ever after.
      key: COOKIE_KEY,
    });
    return openSecret(ctx, ref, { purpose: 'Sign cookies of the OIDC provider.', within: { owner } });
  });
}
