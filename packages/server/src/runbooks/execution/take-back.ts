/** Takes back what one step made, newest first. Repeatable: what is gone counts as taken back. */
import { TenantryError } from '@tenantry/contract';
import type { Action, ActionContext, ResourceClaim, Undone } from '../../connectors/kit/index.ts';
import { reach } from '../../engine/index.ts';

export interface StandingResource extends ResourceClaim {
  readonly id: string;
  readonly action: string;
}

export interface TakenBack {
  readonly id: string;
  readonly name: string;
  readonly result: Undone;
}

/** Stops at the first that fails, keeping what was taken back so far; `error` is then set. */
export async function takeBack(
  resources: readonly StandingResource[],
  actionOf: (name: string) => Action,
  ctx: ActionContext,
): Promise<{ readonly done: readonly TakenBack[]; readonly error: unknown }> {
  const done: TakenBack[] = [];
  for (const resource of resources) {
    try {
      const result = await actionOf(resource.action).undo(ctx, resource);
      reach('after_call', `${resource.action}:undo`);
      done.push({ id: resource.id, name: resource.name, result });
    } catch (error) {
      return { done, error };
    }
  }
  return { done, error: undefined };
}

/**
 * A call whose effect is in doubt left no ledger row: the action is asked to find it by its key.
 *
 * @throws run.wrong_state when the action cannot look; a person then answers for it
 */
export async function findDoubtful(
  action: Action,
  ctx: ActionContext,
  rawInput: unknown,
): Promise<readonly ResourceClaim[]> {
  const parsed = action.input.safeParse(rawInput);
  if (!parsed.success) return [];
  if (action.find === undefined) {
    throw new TenantryError(
      'run.wrong_state',
      `${action.name} may have taken effect before it failed, and cannot be asked.`,
      {
        next: 'Look in the other system, take the effect back by hand, then override the step with the reason.',
      },
    );
  }
  const found = await action.find(ctx, parsed.data);
  return found?.resources.filter((resource) => resource.claim !== 'adopted') ?? [];
}
