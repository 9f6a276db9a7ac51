/**
 * The four verbs. An action is one file that says what it would do (`plan`), does it (`apply`), proves it
 * (`verify`) and takes it back (`undo`), and declares the truth about itself so that the engine knows what a
 * crash may have left behind. The shared contract suite tests every declaration.
 */
import type { Delivery, Undoability } from '@tenantry/runbook';
import type { z } from 'zod';
import type { Planned } from './unknown.ts';

/** What an action may see of the world: its run, its connections, the clock, and nothing else. */
export interface ActionContext {
  readonly run: { readonly id: string };
  readonly step: { readonly id: string };
  readonly tenant:
    | {
        readonly id: string;
        readonly slug: string;
        /** What templates say as `tenant.NAME` beside the two, e.g. `login_method`. */
        readonly texts?: Readonly<Record<string, string>>;
      }
    | undefined;
  /** Roles of the runbook that have a contact: role id -> e-mail address. */
  readonly contacts: Readonly<Record<string, string>>;
  /**
   * Idempotency key: one for each planned piece of work (run, step, round, occurrence), the same for every
   * attempt at it, so that a retry after an unknown outcome cannot become a second effect.
   */
  readonly key: string;
  /** Ends when the step's time is up or the worker stops; pass it to every outside call. */
  readonly signal: AbortSignal;
  readonly now: Date;
  /** Settings of one connection of the step's environment, checked against the connector's own schema. */
  connection<T>(kind: string, name: string, schema: z.ZodType<T>): T;
  /** Reads a template or fixture that the run has pinned. */
  template(path: string): string;
  log(message: string, facts?: Readonly<Record<string, unknown>>): void;
  /**
   * Labels of the live secrets (of the run, its tenant and its connections) that this text holds. Actions
   * that send text to people refuse to run where it is missing (PSEC-09).
   */
  findSecrets?(text: string): Promise<readonly string[]>;
}

/** One line of a plan, in words: `create tenant acme`. */
export interface PlannedChange {
  readonly verb: 'create' | 'change' | 'delete' | 'send' | 'adopt' | 'none';
  /** What kind of thing, e.g. `tenant`, `row`, `e-mail`. */
  readonly kind: string;
  readonly name: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface ActionPlan<Output> {
  readonly changes: readonly PlannedChange[];
  /** Members of the output that are known already. */
  readonly output?: Partial<Output>;
}

/** Something an action made or found. Only what it made is ever taken back. */
export interface ResourceClaim {
  readonly kind: string;
  /** The id by which the outside system knows it. */
  readonly externalId: string;
  readonly name: string;
  /** `created`: undo removes it. `changed`: undo puts `undo.before` back. `adopted`: never touched. */
  readonly claim: 'created' | 'changed' | 'adopted';
  /** Plain JSON that `undo` and `verify` need later; never a secret. */
  readonly undo: Readonly<Record<string, unknown>>;
}

export interface Applied<Output> {
  readonly output: Output;
  readonly resources: readonly ResourceClaim[];
}

/** Proof: what was asked, what was found, and whether they agree. Stored as evidence; holds no secret. */
export interface Proof<Output> {
  readonly ok: boolean;
  readonly expected: unknown;
  readonly actual: unknown;
  /** The output as read back from the outside system. */
  readonly output: Output;
}

export interface Undone {
  /** `removed`: taken back now. `absent`: was already gone. `left`: deliberately kept, see note. */
  readonly outcome: 'removed' | 'absent' | 'left';
  readonly note?: string;
}

export interface Action<Input = unknown, Output = unknown> {
  readonly name: string;
  readonly version: number;
  readonly summary: string;
  /** The least that holds on every connection; `deliveryAt` may promise more for one. */
  readonly delivery: Delivery;
  readonly undoability: Undoability;
  readonly simulated: boolean;
  readonly input: z.ZodType<Input>;
  readonly output: z.ZodType<Output>;
  /** Longest time one call may take before it is cut off. */
  readonly timeoutMs: number;
  plan(ctx: ActionContext, input: Planned<Input>): Promise<ActionPlan<Output>>;
  apply(ctx: ActionContext, input: Input): Promise<Applied<Output>>;
  verify(ctx: ActionContext, input: Input, applied: Applied<Output>): Promise<Proof<Output>>;
  undo(ctx: ActionContext, resource: ResourceClaim): Promise<Undone>;
  /**
   * For `delivery: 'readback'`: looks for the mark an earlier, interrupted attempt may have left under this
   * key, and returns what it made.
   */
  find?(ctx: ActionContext, input: Input): Promise<Applied<Output> | undefined>;
  /**
   * What holds under this step's connections, where it depends on them: the development mailbox can be asked
   * what arrived, a plain SMTP server cannot. Read it through `deliveryOf`.
   */
  deliveryAt?(ctx: ActionContext, input: Input): Delivery;
}

/** How a crash in the window is resolved for this very call. */
export const deliveryOf = <Input, Output>(action: Action<Input, Output>, ctx: ActionContext, input: Input): Delivery =>
  action.deliveryAt?.(ctx, input) ?? action.delivery;

type Definition<Input, Output> = Omit<Action<Input, Output>, 'simulated' | 'timeoutMs'> & {
  readonly simulated?: boolean;
  readonly timeoutMs?: number;
};

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Declares an action.
 *
 * @throws TypeError when it declares `readback` without `find`.
 */
export function defineAction<Input, Output>(definition: Definition<Input, Output>): Action<Input, Output> {
  if (definition.delivery === 'readback' && definition.find === undefined) {
    throw new TypeError(`${definition.name} declares readback and has no find`);
  }
  return { simulated: false, timeoutMs: DEFAULT_TIMEOUT_MS, ...definition };
}

/** A probe: reads only, and gives facts for `expect` to judge. */
export interface Check<Input = unknown, Output = unknown> {
  readonly name: string;
  readonly version: number;
  readonly summary: string;
  readonly input: z.ZodType<Input>;
  readonly output: z.ZodType<Output>;
  readonly timeoutMs: number;
  run(ctx: ActionContext, input: Input): Promise<Output>;
}

export const defineCheck = <Input, Output>(
  definition: Omit<Check<Input, Output>, 'timeoutMs'> & { readonly timeoutMs?: number },
): Check<Input, Output> => ({ timeoutMs: DEFAULT_TIMEOUT_MS, ...definition });

/** How one kind of connection is tried from set-up: it reaches the other system, and changes nothing there. */
export interface ConnectionTest {
  /** As environments name it, e.g. `postgres`. */
  readonly kind: string;
  /** @throws TenantryError of the closed set, or config.invalid where the settings do not fit */
  run(ctx: ActionContext, name: string): Promise<ConnectionFound>;
}

export interface ConnectionFound {
  /** What answered, in words; holds no address with credentials and no secret. */
  readonly found: string;
  /** A stand-in answered, not the real system. */
  readonly simulated: boolean;
}

/** What a connector folder (or a domain's `actions.ts`) exports. */
export interface Connector {
  readonly name: string;
  readonly actions: readonly Action[];
  readonly checks: readonly Check[];
  readonly connectionTests: readonly ConnectionTest[];
}

export function defineConnector(connector: {
  readonly name: string;
  readonly actions?: readonly Action[];
  readonly checks?: readonly Check[];
  readonly connectionTests?: readonly ConnectionTest[];
}): Connector {
  const { name, actions = [], checks = [], connectionTests = [] } = connector;
  return { name, actions, checks, connectionTests };
}
