/** What follows when a tenant's status moves, and what its life does by itself. Tenants and accounts meet here. */
import type { Ctx } from './access/index.ts';
import { endSessionsOfTenant, type IdentityDeps, tellAdmins } from './identity/index.ts';
import { onStatusMoved, type StatusMove } from './tenants/index.ts';

type Deps = Pick<IdentityDeps, 'enqueueMail' | 'links'>;

/**
 * In the transaction that moves the status, whoever moved it: sessions end where nobody may come in, and administrators
 * are told. The function returned stops that.
 */
export const followStatus = (deps: Deps): (() => void) =>
  onStatusMoved(async (ctx, move) => {
    const { status, accessMode } = move.current;
    if (status === 'offboarded' || accessMode === 'blocked') {
      await endSessionsOfTenant(ctx, { tenantId: move.tenantId, reason: 'tenant_closed' });
    }
    await tellOfStatus(ctx, deps, move);
  });

const ACCESS_TEXTS = {
  'read-only': 'Until it is settled, your users can log in and read, and cannot change anything.',
  blocked: 'Until it is settled, nobody can log in.',
} as const;

async function tellOfStatus(ctx: Ctx, deps: Deps, move: StatusMove): Promise<void> {
  const { tenantId, previous, current, historyId } = move;
  const key = `status:${historyId}`;
  if (current.status === 'suspended' && previous.status !== 'offboarded') {
    await tellAdmins(ctx, deps, {
      tenantId,
      template: 'tenant-suspended',
      key,
      values: { reason: current.statusReason ?? '', access: ACCESS_TEXTS[current.accessMode ?? 'blocked'] },
    });
  } else if (previous.status === 'suspended' && current.status !== 'offboarded') {
    const reason = move.reason ?? 'the suspension was taken back.';
    await tellAdmins(ctx, deps, { tenantId, template: 'tenant-reinstated', key, values: { reason } });
  }
}
