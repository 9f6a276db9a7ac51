/** What a product proves events with, and asks the billing system with. Values are in the vault and nowhere else. */
import { randomUUID } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { actorLabel, type Ctx, permit, systemActor } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Secret } from '../connectors/kit/index.ts';
import type { Tx } from '../db/index.ts';
import { loadProduct } from '../products/index.ts';
import { openSecret, revokeEntry, sealSecret, type VaultCtx } from '../vault/index.ts';
import type { BillingDeps } from './billing-deps.ts';

export type BillingKeyKind = 'signing_secret' | 'api_key';

export interface BillingKey {
  readonly id: string;
  readonly productId: string;
  readonly kind: BillingKeyKind;
  readonly label: string;
  readonly entry: string;
  readonly addedBy: string;
  readonly addedAt: Date;
}

const COLUMNS = `id, product_id as "productId", kind, label, entry, added_by as "addedBy", added_at as "addedAt"`;
const BILLING = systemActor('billing');

/** How each begins; whoever pastes the one for the other hears of it before it is stored. */
const BEGINNINGS: Readonly<Record<BillingKeyKind, RegExp>> = {
  signing_secret: /^whsec_\S{8,}$/,
  api_key: /^(sk|rk)_\S{8,}$/,
};

const ownerOf = (productId: string) => ({ kind: 'connection', id: `billing/${productId}` }) as const;

export interface NewBillingKey {
  readonly productId: string;
  readonly kind: BillingKeyKind;
  /** What it is told apart by: `2026-11`. */
  readonly label: string;
  readonly secret: Secret;
}

/**
 * Seals a signing secret, which holds beside those that are there, or an API key, which takes the place of the one before.
 *
 * @throws request.invalid for what is no such value; product.not_found, access.forbidden
 */
export async function addBillingKey(ctx: VaultCtx, input: NewBillingKey): Promise<BillingKey> {
  const { productId, kind, label, secret } = input;
  permit(ctx.actor, 'runbooks:write', { productId, clientId: null });
  await loadProduct(ctx.tx, productId);
  if (!BEGINNINGS[kind].test(secret.reveal())) {
    const begins = kind === 'api_key' ? 'rk_ or sk_' : 'whsec_';
    throw new TenantryError('request.invalid', `This is no ${kind.replace('_', ' ')}: one begins with ${begins}.`, {
      faults: [{ path: 'secret', message: `begins with ${begins}` }],
    });
  }
  if (kind === 'api_key') for (const key of await listBillingKeys(ctx.tx, productId, kind)) await retire(ctx, key);
  const id = randomUUID();
  const owner = ownerOf(productId);
  const { ref } = await sealSecret(ctx, { tenantId: null, label: `billing of ${productId}: ${label}`, secret, owner });
  const { rows } = await ctx.tx.query<BillingKey>(
    `insert into billing_keys (id, product_id, kind, label, entry, added_by, added_at)
     values ($1, $2, $3, $4, $5, $6, $7) returning ${COLUMNS}`,
    [id, productId, kind, label, ref.$secret, actorLabel(ctx.actor), ctx.now],
  );
  await audit(ctx, 'billing.key_added', { id, productId, kind, label });
  return rows[0] as BillingKey;
}

/** Those that hold, oldest first. */
export async function listBillingKeys(
  tx: Tx,
  productId: string,
  kind?: BillingKeyKind,
): Promise<readonly BillingKey[]> {
  const { rows } = await tx.query<BillingKey>(
    `select ${COLUMNS} from billing_keys where product_id = $1 and retired_at is null and kind = coalesce($2, kind)
     order by added_at, id`,
    [productId, kind ?? null],
  );
  return rows;
}

/** Ends a key at once; its value is revoked in the vault. @throws billing.not_found, access.forbidden */
export async function retireBillingKey(
  ctx: VaultCtx,
  { productId, id }: { readonly productId: string; readonly id: string },
): Promise<void> {
  permit(ctx.actor, 'runbooks:write', { productId, clientId: null });
  const key = (await listBillingKeys(ctx.tx, productId)).find((each) => each.id === id);
  if (key === undefined) {
    throw new TenantryError('billing.not_found', `${productId} has no billing key ${id}.`, {
      next: `See those that hold: tenantry billing show ${productId}.`,
    });
  }
  await retire(ctx, key);
}

async function retire(ctx: VaultCtx, key: BillingKey): Promise<void> {
  await ctx.tx.query('update billing_keys set retired_at = $2, retired_by = $3 where id = $1', [
    key.id,
    ctx.now,
    actorLabel(ctx.actor),
  ]);
  // Whoever may retire a key need hold nothing of the vault.
  await revokeEntry({ ...ctx, actor: BILLING }, { $secret: key.entry }, 'The billing key was retired.');
  await audit(ctx, 'billing.key_retired', key);
}

const audit = (
  ctx: Ctx,
  action: string,
  { id, productId, kind, label }: Pick<BillingKey, 'id' | 'productId' | 'kind' | 'label'>,
): Promise<void> =>
  recordAudit(ctx, { action, subject: { kind: 'billing_key', id, name: label }, detail: { product: productId, kind } });

export type OpenKeys = (tx: Tx, productId: string, kind: BillingKeyKind) => Promise<readonly Secret[]>;

/**
 * The values of the keys that hold. Each is opened once in the life of a process: opening writes an audit row, and anybody
 * may send something to be checked. Whether a key still holds is asked every time.
 */
export function keyOpener({ keyring, now }: Pick<BillingDeps, 'keyring' | 'now'>): OpenKeys {
  const opened = new Map<string, Secret>();
  return async (tx, productId, kind) => {
    const secrets: Secret[] = [];
    for (const { id, entry } of await listBillingKeys(tx, productId, kind)) {
      const secret =
        opened.get(id) ??
        (await openSecret(
          { tx, keyring, actor: BILLING, now: now() },
          { $secret: entry },
          { purpose: 'events of the billing system', within: { owner: ownerOf(productId) } },
        ));
      opened.set(id, secret);
      secrets.push(secret);
    }
    return secrets;
  };
}
