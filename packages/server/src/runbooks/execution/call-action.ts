/**
 * One attempt at an action: apply and verify, with the honesty its delivery declares. An attempt taken up a
 * second time may have been called before: `idempotent` calls again under the same key, `readback` looks
 * first, `unknown` asks a person.
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

export type CallOutcome =
  | { readonly status: 'passed'; readonly applied: Applied<unknown>; readonly proof: Proof<unknown> }
  | { readonly status: 'failed'; readonly error: unknown; readonly applied: Applied<unknown> | undefined }
  | { readonly status: 'uncertain'; readonly error: unknown };

export async function callAction(
  action: Action,
  ctx: ActionContext,
  rawInput: unknown,
  tookOver: boolean,
): Promise<CallOutcome> {
  const parsed = action.input.safeParse(rawInput);
  if (!parsed.success)
    return { status: 'failed', error: badInput(action.name, parsed.error.issues), applied: undefined };
  const input = parsed.data;
  const delivery = deliveryOf(action, ctx, input);
  if (tookOver && delivery === 'unknown') return { status: 'uncertain', error: interrupted(action.name) };
  let applied: Applied<unknown> | undefined;
  try {
    applied = (tookOver ? await action.find?.(ctx, input) : undefined) ?? (await action.apply(ctx, input));
    reach('after_call', action.name);
    const proof = await action.verify(ctx, input, applied);
    if (proof.ok) return { status: 'passed', applied, proof };
    return { status: 'failed', error: notProven(action.name, proof), applied };
  } catch (error) {
    if (applied === undefined && delivery === 'unknown' && mayHaveHappened(error))
      return { status: 'uncertain', error };
    return { status: 'failed', error, applied };
  }
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
