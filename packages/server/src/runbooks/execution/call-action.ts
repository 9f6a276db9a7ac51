/**
 * One attempt at an action: apply and verify, with the honesty its delivery declares. An attempt taken up a
 * second time may have been called before: `idempotent` calls again under the same key, `readback` looks
 * first, `unknown` asks a person. So does one that an outage of our own database interrupted, unless its call had
 * answered: then only what follows is done again.
 */
import { TenantryError } from '@tenantry/contract';
import {
  type Action,
  type ActionContext,
  type Applied,
  deliveryOf,
  mayHaveHappened,
  type Proof,
} from '../../connectors/kit/index.ts';
import { reach } from '../../engine/index.ts';
import { isOutage } from './faults.ts';

export type CallOutcome =
  | { readonly status: 'passed'; readonly applied: Applied<unknown>; readonly proof: Proof<unknown> }
  | { readonly status: 'failed'; readonly error: unknown; readonly applied: Applied<unknown> | undefined }
  | { readonly status: 'uncertain'; readonly error: unknown };

/** What this process knows of the call of an attempt; kept while an outage interrupts the work on it. */
export interface CallMemory {
  /** The call may have reached the other side, by us or by an earlier holder. */
  begun: boolean;
  answer: Applied<unknown> | undefined;
}

/** @throws database.unavailable, database.full when our own database is away: call it again with the same memory */
export async function callAction(
  action: Action,
  ctx: ActionContext,
  rawInput: unknown,
  memory: CallMemory,
): Promise<CallOutcome> {
  const parsed = action.input.safeParse(rawInput);
  if (!parsed.success)
    return { status: 'failed', error: badInput(action.name, parsed.error.issues), applied: undefined };
  const input = parsed.data;
  const delivery = deliveryOf(action, ctx, input);
  if (memory.begun && memory.answer === undefined && delivery === 'unknown')
    return { status: 'uncertain', error: interrupted(action.name) };
  try {
    memory.answer ??= await call(action, ctx, input, memory);
    reach('after_call', action.name);
    const proof = await action.verify(ctx, input, memory.answer);
    if (proof.ok) return { status: 'passed', applied: memory.answer, proof };
    return { status: 'failed', error: notProven(action.name, proof), applied: memory.answer };
  } catch (error) {
    if (isOutage(error)) throw error;
    if (memory.answer === undefined && delivery === 'unknown' && mayHaveHappened(error))
      return { status: 'uncertain', error };
    return { status: 'failed', error, applied: memory.answer };
  }
}

async function call(action: Action, ctx: ActionContext, input: unknown, memory: CallMemory): Promise<Applied<unknown>> {
  const found = memory.begun ? await action.find?.(ctx, input) : undefined;
  memory.begun = true;
  return found ?? (await action.apply(ctx, input));
}

export function badInput(
  name: string,
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): TenantryError {
  return new TenantryError('request.invalid', `The input of ${name} does not fit.`, {
    faults: issues.map((issue) => ({ path: issue.path.map(String).join('.') || 'with', message: issue.message })),
    facts: { effect: 'none' },
    next: 'Mend the runbook or the intake, then retry the step.',
  });
}

const interrupted = (name: string): TenantryError =>
  new TenantryError(
    'connector.timeout',
    `${name} was interrupted between call and answer; whether it took effect is not known.`,
    {
      next: 'Look in the other system, then say what happened: `tenantry run resolve`.',
    },
  );

const notProven = (name: string, proof: Proof<unknown>): TenantryError =>
  new TenantryError('run.wrong_state', `${name} was applied but could not be proven.`, {
    facts: { expected: proof.expected, actual: proof.actual },
  });
