import { fromWireId, TenantryError } from '@tenantry/contract';
import { and, desc, eq, gte, lt, or, sql } from 'drizzle-orm';
import { type Actor, actorId, actorLabel, type Ctx, covers, permit, type Scope } from '../access/index.ts';
import type { Tx } from '../db/index.ts';
import { isStamp } from './core/stamp.ts';
import type { BackupSources, TenantPlace } from './sources.ts';
import { backups } from './tables.ts';

export type Backup = typeof backups.$inferSelect;

/** What a backup is of, as people name it. */
export type Subject =
  | { readonly kind: 'tenant'; readonly tenantId: string; readonly environment: string }
  | { readonly kind: 'set'; readonly product: string; readonly environment: string }
  | { readonly kind: 'self' };

export const subjectOf = (backup: Pick<Backup, 'tenantId' | 'productId' | 'environment'>): Subject => {
  const environment = backup.environment ?? '';
  if (backup.tenantId !== null) return { kind: 'tenant', tenantId: backup.tenantId, environment };
  return backup.productId === null ? { kind: 'self' } : { kind: 'set', product: backup.productId, environment };
};

/**
 * Refuses who may not do this with backups of the subject. A set holds every tenant of a product, and the control
 * plane every product: a grant that is limited to a client reaches neither.
 *
 * @throws access.forbidden, access.support_required, tenant.not_found for one out of reach
 */
export async function permitSubject(
  ctx: Ctx,
  sources: Pick<BackupSources, 'placeOf'>,
  scope: Scope,
  subject: Subject,
): Promise<TenantPlace | undefined> {
  permit(ctx.actor, scope);
  if (subject.kind === 'self') permit(ctx.actor, scope, { productId: null, clientId: null });
  if (subject.kind === 'set') permit(ctx.actor, scope, { productId: subject.product, clientId: null });
  if (subject.kind !== 'tenant') return undefined;
  const place = await sources.placeOf(ctx, subject.tenantId);
  const where = { productId: place.productId, clientId: place.clientId };
  if (!covers(ctx.actor, scope, where)) throw noTenant(subject.tenantId);
  permit(ctx.actor, scope, { ...where, tenantId: place.id });
  return place;
}

const noTenant = (id: string): TenantryError =>
  new TenantryError('tenant.not_found', `There is no tenant ${id}.`, { next: 'Check the id or slug.' });

/** The rows of one subject: `latest`, a stamp, or the id of a backup (RBK-20). */
export const sameSubject = (subject: Subject) => {
  switch (subject.kind) {
    case 'self':
      return eq(backups.scope, 'self');
    case 'set':
      return and(
        eq(backups.scope, 'set'),
        eq(backups.productId, subject.product),
        eq(backups.environment, subject.environment),
      );
    case 'tenant':
      return and(
        eq(backups.scope, 'tenant'),
        eq(backups.tenantId, subject.tenantId),
        eq(backups.environment, subject.environment),
      );
  }
};

/**
 * The good backup of a subject that `which` names: `latest` or a stamp.
 *
 * @throws backup.not_found, naming what there is
 */
export async function findBackup(tx: Tx, subject: Subject, which: string): Promise<Backup> {
  if (which !== 'latest' && !isStamp(which)) throw noBackup(`"${which}" is neither "latest" nor a timestamp`);
  const [row] = await tx.orm
    .select()
    .from(backups)
    .where(
      and(sameSubject(subject), eq(backups.status, 'ready'), which === 'latest' ? undefined : eq(backups.stamp, which)),
    )
    .orderBy(desc(backups.stamp))
    .limit(1);
  if (row !== undefined) return row;
  throw noBackup(which === 'latest' ? 'there is none yet' : `there is none of ${which}`);
}

export const noBackup = (why: string): TenantryError =>
  new TenantryError('backup.not_found', `No such backup: ${why}.`, {
    next: 'List them: tenantry backup list.',
  });

/** @throws backup.not_found */
export async function loadBackup(tx: Tx, id: string): Promise<Backup> {
  const [row] = await tx.orm.select().from(backups).where(eq(backups.id, id));
  if (row !== undefined) return row;
  throw noBackup(`none has the id ${id}`);
}

/** @throws backup.not_found for a text that is no id */
export function backupIdOf(text: string): string {
  const id = fromWireId('backup', text);
  if (id !== undefined) return id;
  throw noBackup(`"${text}" is not the id of one`);
}

export interface BackupFilter {
  readonly scope?: Backup['scope'] | undefined;
  readonly tenantId?: string | undefined;
  readonly product?: string | undefined;
  readonly environment?: string | undefined;
  readonly since?: Date | undefined;
}

/** Newest first; `before` names the last of the page before. */
export async function selectBackups(
  tx: Tx,
  filter: BackupFilter,
  {
    limit,
    before,
  }: { readonly limit: number; readonly before?: { readonly stamp: string; readonly id: string } | undefined },
): Promise<readonly Backup[]> {
  return tx.orm
    .select()
    .from(backups)
    .where(
      and(
        filter.scope === undefined ? undefined : eq(backups.scope, filter.scope),
        filter.tenantId === undefined ? undefined : eq(backups.tenantId, filter.tenantId),
        filter.product === undefined ? undefined : eq(backups.productId, filter.product),
        filter.environment === undefined ? undefined : eq(backups.environment, filter.environment),
        filter.since === undefined ? undefined : gte(backups.createdAt, filter.since),
        before === undefined
          ? undefined
          : or(
              lt(backups.stamp, before.stamp),
              and(eq(backups.stamp, before.stamp), sql`${backups.id} < ${before.id}`),
            ),
      ),
    )
    .orderBy(desc(backups.stamp), desc(backups.id))
    .limit(limit);
}

/** As rows keep an actor: who, not what they may. */
export function actorFacts(actor: Actor): Readonly<Record<string, unknown>> {
  return { kind: actor.kind, id: actorId(actor), label: actorLabel(actor) };
}
