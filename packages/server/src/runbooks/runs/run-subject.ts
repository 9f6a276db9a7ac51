/** What a run is about, when that is there before it: a tenant, or another run. */
import { TenantryError } from '@tenantry/contract';
import type { JsonObject, Runbook } from '@tenantry/runbook';
import type { Ctx } from '../../access/index.ts';
import { readTenant, type Tenant } from '../../tenants/index.ts';
import { refuseStrangers } from './acting.ts';
import { loadRun } from './load-run.ts';

export interface About {
  /** Id or slug. */
  readonly tenant?: string;
  readonly run?: string;
}

/** `tenant` as expressions read it. */
export type TenantFacts = { readonly id: string; readonly slug: string; readonly name: string } & JsonObject;

export interface RunSubject {
  readonly tenant?: TenantFacts;
  readonly clientId?: string;
  readonly run?: { readonly id: string; readonly facts: JsonObject };
}

/** @throws request.invalid when the runbook is about something and nothing is named; tenant.not_found, run.not_found */
export async function loadSubject(ctx: Ctx, definition: Runbook, about: About = {}): Promise<RunSubject> {
  switch (definition.subject) {
    case 'new_tenant':
    case 'none':
      return {};
    case 'tenant': {
      if (about.tenant === undefined) throw missing(definition, 'tenant', 'Name it: --tenant SLUG.');
      const tenant = await readTenant(ctx, about.tenant);
      return subjectOf(tenant);
    }
    case 'run': {
      if (about.run === undefined)
        throw missing(definition, 'run', 'Start it from that run: tenantry run rollback RUN.');
      return aboutRun(ctx, about.run);
    }
  }
}

const missing = ({ id }: Runbook, what: string, next: string): TenantryError =>
  new TenantryError('request.invalid', `${id} is about a ${what}, and none is named.`, {
    faults: [{ path: what, message: 'is missing' }],
    next,
  });

const subjectOf = (tenant: Tenant): RunSubject => ({
  tenant: tenantFacts(tenant),
  ...(tenant.clientId === null ? {} : { clientId: tenant.clientId }),
});

const tenantFacts = (tenant: Tenant): TenantFacts => ({
  id: tenant.id,
  slug: tenant.slug,
  name: tenant.name,
  status: tenant.status,
  plan: tenant.plan,
  isolation: tenant.isolation,
});

async function aboutRun(ctx: Ctx, id: string): Promise<RunSubject> {
  const record = await loadRun(ctx.tx, id);
  refuseStrangers(ctx.actor, 'runs:read', record);
  const { state, meta, runbook } = record;
  const tenant = state.facts.tenant;
  const facts: JsonObject = {
    id,
    runbook: runbook.id,
    version: runbook.version,
    title: meta.title,
    status: state.status,
    contacts: meta.contacts,
    intake: state.facts.intake,
    vars: state.facts.vars,
    go_live: state.facts.go_live,
    started_at: state.facts.run.started_at,
    passed: Object.entries(state.steps)
      .filter(([, step]) => step.status === 'passed' || step.status === 'overridden')
      .map(([step]) => step),
  };
  return {
    run: { id, facts },
    ...(tenant === null ? {} : { tenant: tenant as TenantFacts }),
    ...(meta.clientId === null ? {} : { clientId: meta.clientId }),
  };
}
