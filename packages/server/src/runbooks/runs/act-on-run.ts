/** What people do to a whole run: open a gate, go back, move the day, mend the intake, take back, cancel. */
import { TenantryError } from '@tenantry/contract';
import { checkIntake, factsOf, findPhase, isTerminal, type JsonObject } from '@tenantry/runbook';
import { type Ctx, permit } from '../../access/index.ts';
import type { Keyring } from '../../vault/index.ts';
import { act, personFor, refuseStrangers } from './acting.ts';
import { sealIntake } from './intake-secrets.ts';
import { loadRun } from './load-run.ts';
import type { RunRecord } from './run-record.ts';
import { type StartOptions, startRun } from './start-run.ts';

export const overrideGate = (
  ctx: Ctx,
  runId: string,
  input: { readonly phase: string; readonly label: string; readonly role?: string; readonly reason: string },
): Promise<RunRecord> =>
  act(ctx, runId, (record) => ({
    type: 'gate_overridden',
    at: ctx.now.toISOString(),
    phase: input.phase,
    label: input.label,
    by: personFor(ctx.actor, record.runbook.may.override, input.role),
    reason: input.reason,
  }));

export interface EndInput {
  readonly reason: string;
  readonly role?: string;
}

export interface RollBackInput extends EndInput {
  /** What the rollback runbook asks for. */
  readonly intake?: JsonObject;
  /** Through the ledger at once, even where the runbook names one to take it back with. */
  readonly plain?: boolean;
}

/**
 * Takes back, through the ledger and at once, everything the run made.
 *
 * @throws run.wrong_state, run.point_of_no_return, access.forbidden
 */
export const rollBackRun = (ctx: Ctx, runId: string, input: EndInput): Promise<RunRecord> =>
  endRun(ctx, runId, { ...input, to: 'rolled_back', undo: true });

/**
 * Takes a run back as its runbook says: by the runbook it names for it, which is started about this run and answered;
 * else through the ledger.
 *
 * @throws run.wrong_state, run.point_of_no_return, access.forbidden; intake.invalid of the rollback runbook
 */
export async function takeBackRun(
  ctx: Ctx,
  runId: string,
  { intake, plain, ...input }: RollBackInput,
  options: StartOptions,
): Promise<RunRecord> {
  const record = await loadRun(ctx.tx, runId);
  const { rollback, may } = record.runbook;
  if (rollback === undefined || plain === true) return rollBackRun(ctx, runId, input);
  permit(ctx.actor, 'runs:write');
  refuseStrangers(ctx.actor, 'runs:write', record);
  if (isTerminal(record.state.status) || record.state.ending !== undefined) {
    throw new TenantryError('run.wrong_state', `The run is ${record.state.status} and cannot be ended again.`);
  }
  personFor(ctx.actor, may.rollback, input.role);
  const version = record.meta.pins[rollback];
  const request = {
    runbook: rollback,
    product: record.meta.productId ?? '',
    document: { data: intake ?? {}, envelope: false },
    about: { run: runId },
    ...(version === undefined ? {} : { version }),
  };
  return startRun(ctx, request, options);
}

/** Ends the run; `undo` says whether what was made is taken back or kept. */
export const cancelRun = (ctx: Ctx, runId: string, input: EndInput & { readonly undo: boolean }): Promise<RunRecord> =>
  endRun(ctx, runId, { ...input, to: 'cancelled' });

const endRun = (
  ctx: Ctx,
  runId: string,
  input: EndInput & { readonly to: 'rolled_back' | 'cancelled'; readonly undo: boolean },
): Promise<RunRecord> =>
  act(ctx, runId, (record) => ({
    type: 'ended_early',
    at: ctx.now.toISOString(),
    to: input.to,
    undo: input.undo,
    by: personFor(
      ctx.actor,
      input.to === 'cancelled' ? record.runbook.may.cancel : record.runbook.may.rollback,
      input.role,
    ),
    reason: input.reason,
  }));

/**
 * "Fix the input and continue." Ids were reserved from the slug, so the slug cannot change; start anew for that.
 * Secrets written out in it are sealed, as at the start; references to those sealed before may stay.
 *
 * @throws intake.invalid, run.wrong_state
 */
export const mendIntake = (
  ctx: Ctx,
  runId: string,
  intake: JsonObject,
  { keyring }: { readonly keyring: Keyring },
): Promise<RunRecord> =>
  act(ctx, runId, async (record) => {
    const schema = record.runbook.intake;
    const checked = checkIntake(intake, schema, undefined, { sealed: true });
    if (checked.faults.length > 0) {
      throw new TenantryError('intake.invalid', 'The mended intake has faults.', { faults: checked.faults });
    }
    const given = checked.data as JsonObject;
    if (given.slug !== record.state.facts.intake.slug) {
      throw new TenantryError('intake.invalid', 'The slug was reserved when the run started and cannot change.', {
        faults: [{ path: 'slug', message: 'differs from the reserved slug' }],
        next: 'Cancel the run and start another with the right slug.',
      });
    }
    const mended = await sealIntake({ ...ctx, keyring }, given, { schema, runId, tenantId: record.meta.tenantId });
    const facts = factsOf(record.runbook, { ...record.state.facts, intake: mended });
    return { type: 'intake_mended', at: ctx.now.toISOString(), intake: mended, vars: facts.vars };
  });

export interface ReopenInput {
  readonly phase: string;
  readonly role?: string;
  readonly reason: string;
  /** Take back first what the phases concerned have made; asks for the right to roll back. */
  readonly undo?: boolean;
}

/**
 * Begins another round of a phase and of all that depends on it.
 *
 * @throws run.step_not_found, run.wrong_state, run.point_of_no_return, access.forbidden
 */
export const reopenPhase = (ctx: Ctx, runId: string, input: ReopenInput): Promise<RunRecord> =>
  act(ctx, runId, (record) => {
    const { runbook } = record;
    if (findPhase(runbook, input.phase) === undefined) {
      const names = runbook.phases.map(({ id }) => id).join(', ');
      throw new TenantryError('run.step_not_found', `The run has no phase ${input.phase}.`, {
        next: `Its phases: ${names}.`,
      });
    }
    const undo = input.undo === true;
    const by = personFor(ctx.actor, undo ? runbook.may.rollback : runbook.may.override, input.role);
    const { phase, reason } = input;
    return { type: 'reopened', at: ctx.now.toISOString(), phase, by, reason, ...(undo ? { undo } : {}) };
  });

/**
 * Moves the day of go-live, and with it every time not yet reached.
 *
 * @throws run.wrong_state, run.infeasible_date, access.forbidden
 */
export const moveGoLive = (
  ctx: Ctx,
  runId: string,
  input: { readonly goLive: string; readonly role?: string; readonly reason: string },
): Promise<RunRecord> =>
  act(ctx, runId, (record) => {
    const { may } = record.runbook;
    const by = personFor(ctx.actor, [...new Set([...may.cancel, ...may.rollback, ...may.override])], input.role);
    return { type: 'go_live_moved', at: ctx.now.toISOString(), go_live: input.goLive, by, reason: input.reason };
  });
