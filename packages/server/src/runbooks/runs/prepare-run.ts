/** Everything a run needs before its first step, worked out and checked without writing anything. */
import { TenantryError } from '@tenantry/contract';
import {
  checkIntake,
  contactsOf,
  factsOf,
  type JsonObject,
  type JsonSchema,
  plannedState,
  planTimeline,
  type Runbook,
  type RunFacts,
  type RunState,
  startedBy,
  stepsOf,
  timelineRequest,
  unsupportedFeatures,
} from '@tenantry/runbook';
import type { Ctx } from '../../access/index.ts';
import { loadEnvironment, loadProduct } from '../../products/index.ts';
import type { ClientInput } from '../../tenants/index.ts';
import { documentSchema, type IntakeDocument } from '../client-file.ts';
import { loadRunbook, type PublishedRunbook, requireApprovals } from '../library/index.ts';
import { type About, loadSubject, type RunSubject, type TenantFacts } from './run-subject.ts';

export interface RunRequest {
  readonly runbook: string;
  readonly version?: string;
  readonly product: string;
  readonly document: IntakeDocument;
  /** What it is about, for a runbook about a tenant or a run that is there already. */
  readonly about?: About;
  /** The input of another run: references to secrets may stand in it. */
  readonly sealed?: boolean;
  /** Nobody is asked where the runbook recommends an option. */
  readonly unattended?: boolean;
}

export interface PreparedRun {
  readonly published: PublishedRunbook;
  /** Defaults filled in; secrets still in clear, in memory only. */
  readonly intake: JsonObject;
  readonly product: JsonObject;
  readonly env: JsonObject;
  readonly slug: string | undefined;
  /** The legal entity, when the document names one. */
  readonly client: ClientInput | undefined;
  readonly subject: RunSubject;
  /** Runbook id -> version, of every runbook it may start. */
  readonly pins: Readonly<Record<string, string>>;
  readonly unattended: boolean;
}

/**
 * @throws runbook.not_found, runbook.not_approved, runbook.unsupported, product.not_found; intake.invalid with
 *   every fault, by field and line
 */
export async function prepareRun(
  ctx: Ctx,
  request: RunRequest,
  mode: 'development' | 'production',
): Promise<PreparedRun> {
  const published = await loadRunbook(ctx.tx, request.runbook, request.version);
  const { definition } = published;
  refuseUnsupported(published);
  await requireApprovals(ctx, published, mode);
  const { data, positions, envelope } = request.document;
  const sealed = request.sealed === true ? { sealed: true } : undefined;
  const checked = checkIntake(data, schemaOf(definition, envelope), positions, sealed);
  if (checked.faults.length > 0) {
    const count = checked.faults.length;
    throw new TenantryError('intake.invalid', `The intake has ${count} fault${count === 1 ? '' : 's'}.`, {
      faults: checked.faults,
      next: 'Correct the lines named and send the file again; nothing was written.',
    });
  }
  const whole = checked.data as JsonObject;
  const intake = (envelope ? whole.intake : whole) as JsonObject;
  const product = await loadProduct(ctx.tx, request.product);
  const environment = await loadEnvironment(ctx.tx, request.product, 'production');
  return {
    published,
    intake,
    product: productFacts(product.profile),
    env: environment.settings as JsonObject,
    slug: definition.subject === 'new_tenant' ? slugOf(intake) : undefined,
    client: envelope ? (whole.client as ClientInput | undefined) : undefined,
    subject: await loadSubject(ctx, definition, request.about),
    pins: await pinRunbooks(ctx, definition, mode),
    unattended: request.unattended === true,
  };
}

/**
 * Every runbook it may start, in the newest version there is, each approved like itself: a run that stops half-way for
 * want of an approval would be worse than one that does not begin.
 */
export async function pinRunbooks(
  ctx: Ctx,
  definition: Runbook,
  mode: 'development' | 'production',
): Promise<Readonly<Record<string, string>>> {
  const pins: Record<string, string> = {};
  for (const id of startedBy(definition)) {
    const published = await loadRunbook(ctx.tx, id);
    refuseUnsupported(published);
    await requireApprovals(ctx, published, mode);
    pins[id] = published.definition.version;
  }
  return pins;
}

/** One schema object for each definition, so that it is compiled once. */
const documentSchemas = new WeakMap<Runbook, JsonSchema>();

function schemaOf(definition: Runbook, envelope: boolean): JsonSchema {
  if (!envelope) return definition.intake;
  const schema = documentSchemas.get(definition) ?? documentSchema(definition.intake, true);
  documentSchemas.set(definition, schema);
  return schema;
}

function refuseUnsupported({ definition }: PublishedRunbook): void {
  const features = unsupportedFeatures(definition);
  if (features.length === 0) return;
  throw new TenantryError(
    'runbook.unsupported',
    `${definition.id} uses what this release does not run yet: ${features.join('; ')}.`,
    { facts: { features } },
  );
}

/** `product` as expressions read it: the profile, with its free settings as members beside its own. */
function productFacts(profile: Readonly<Record<string, unknown>>): JsonObject {
  const settings = profile.settings;
  return { ...(typeof settings === 'object' && settings !== null ? settings : {}), ...profile } as JsonObject;
}

function slugOf(intake: JsonObject): string {
  const organization = intake.organization;
  const nested =
    typeof organization === 'object' && organization !== null && 'slug' in organization ? organization.slug : undefined;
  const slug = intake.slug ?? nested;
  if (typeof slug === 'string') return slug;
  throw new TenantryError('intake.invalid', 'A runbook for a new tenant needs a slug in its intake.', {
    faults: [{ path: 'slug', message: 'is missing', fix: 'Add slug, or organization.slug.' }],
  });
}

export interface Identity {
  readonly runId: string;
  readonly tenant: TenantFacts | undefined;
}

/** The state before the first event, for a run with these ids. */
export function initialState(
  prepared: PreparedRun,
  intake: JsonObject,
  identity: Identity,
  now: Date,
): { readonly state: RunState; readonly contacts: Readonly<Record<string, string>> } {
  const { definition } = prepared.published;
  const facts: RunFacts = factsOf(definition, {
    run: {
      id: identity.runId,
      started_at: now.toISOString(),
      ...(prepared.unattended ? { unattended: true as const } : {}),
      ...(prepared.subject.run === undefined ? {} : { subject: prepared.subject.run.facts }),
    },
    tenant: identity.tenant === undefined ? null : { ...identity.tenant },
    product: prepared.product,
    intake,
    env: prepared.env,
  });
  const state = plannedState(
    facts,
    definition.phases.map((phase) => phase.id),
    stepsOf(definition).map((step) => step.id),
  );
  refuseInfeasible(definition, facts);
  return { state, contacts: contactsOf(definition, facts) };
}

/** RUN-17: a date that cannot be met is told at intake, not when it has passed. */
function refuseInfeasible(definition: Runbook, facts: RunFacts): void {
  const { shortBy } = planTimeline(definition, timelineRequest(definition, facts));
  if (shortBy === undefined) return;
  throw new TenantryError('run.infeasible_date', shortBy.message, {
    facts: { ...shortBy },
    next: 'Agree on a later date with the client, or shorten the durations in a new version of the runbook.',
  });
}
