import type { Ctx } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { publishEvent } from '../engine/index.ts';
import { permitTenant, readTenant } from '../tenants/index.ts';

export interface EventInput {
  /** Id or slug. */
  readonly tenant: string;
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** The same happening told twice under one key is one event. */
  readonly key?: string;
}

/**
 * Tells whoever waits for it, now or later, that something happened to a tenant. Answers its position, or null when it
 * was told before.
 *
 * @throws tenant.not_found, access.forbidden
 */
export async function tellEvent(ctx: Ctx, { tenant: idOrSlug, name, data, key }: EventInput): Promise<number | null> {
  const tenant = await readTenant(ctx, idOrSlug);
  permitTenant(ctx.actor, 'tenants:write', tenant);
  const position = await publishEvent(ctx.tx, {
    name,
    tenantId: tenant.id,
    data,
    at: ctx.now,
    // One tenant cannot take a key from another.
    ...(key === undefined ? {} : { key: `${tenant.id}/${key}` }),
  });
  if (position === undefined) return null;
  await recordAudit(ctx, {
    action: 'tenant.event_told',
    tenantId: tenant.id,
    subject: { kind: 'tenant', id: tenant.id, name: tenant.slug },
    detail: { name, position },
  });
  return position;
}
