import {
  type ClientView,
  type TenantHistoryView,
  type TenantSummaryView,
  type TenantView,
  toWireId,
} from '@tenantry/contract';
import { z } from 'zod';
import type { Tx } from '../db/index.ts';
import type { Client } from './clients.ts';
import { listContacts } from './contacts.ts';
import { loadEntitlements } from './entitlements.ts';
import { type HistoryEntry, listHistory } from './history.ts';
import type { Tenant } from './load.ts';

/** Lines of the history that come with a tenant. */
const HISTORY_SHOWN = 20;

export const viewSummary = (tenant: Tenant): TenantSummaryView => ({
  id: tenant.id,
  slug: tenant.slug,
  name: tenant.name,
  product: tenant.productId,
  client_id: tenant.clientId === null ? null : toWireId('client', tenant.clientId),
  plan: tenant.plan,
  status: tenant.status,
  access_mode: tenant.accessMode,
  isolation: tenant.isolation,
  support_tier: tenant.supportTier,
  created_at: tenant.createdAt.toISOString(),
  updated_at: tenant.updatedAt.toISOString(),
});

/** A tenant with everything that is decided about it, for somebody who may see it. */
export async function viewTenant(tx: Tx, tenant: Tenant): Promise<TenantView> {
  const { limits, unset, features } = await loadEntitlements(tx, tenant);
  const contacts = await listContacts(tx, tenant.id);
  const history = await listHistory(tx, tenant.id, { limit: HISTORY_SHOWN });
  const { settings } = tenant;
  return {
    ...viewSummary(tenant),
    schema: 'tenantry.tenant/1',
    version: tenant.version,
    status_reason: tenant.statusReason,
    pending_offboarding_at: tenant.pendingOffboardingAt?.toISOString() ?? null,
    settings_version: tenant.settingsVersion,
    settings: {
      ...(settings.features && { features: { ...settings.features } }),
      ...(settings.limits && { limits: { ...settings.limits } }),
      ...(settings.feature_approvals && { feature_approvals: { ...settings.feature_approvals } }),
    },
    limits: { ...limits },
    limits_unset: [...unset],
    features: { ...features },
    contacts: contacts.map((contact) => ({ ...contact })),
    history: history.map(viewHistory),
  };
}

const actorSchema = z.object({ kind: z.string(), id: z.string(), label: z.string() });

export function viewHistory(entry: HistoryEntry): TenantHistoryView {
  const actor = actorSchema.parse(entry.actor);
  const { kind } = actor;
  const id = kind === 'person' || kind === 'user' || kind === 'run' ? toWireId(kind, actor.id) : actor.id;
  return {
    number: entry.id,
    operation: entry.operation,
    from: entry.from,
    to: entry.to,
    actor: { ...actor, id },
    authority: entry.authority,
    reason: entry.reason,
    run_id: entry.runId === null ? null : toWireId('run', entry.runId),
    at: entry.at.toISOString(),
  };
}

export const viewClient = (client: Client): ClientView => ({
  id: toWireId('client', client.id),
  reference: client.reference,
  legal_name: client.legalName,
  language: client.language,
  time_zone: client.timeZone,
  contacts: [...client.contacts],
  contract: client.contract,
  created_at: client.createdAt.toISOString(),
  updated_at: client.updatedAt.toISOString(),
});
