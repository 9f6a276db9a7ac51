/**
 * The promises of every action and every check, as tests. A connector hands in a world: its real server or
 * simulator, what the action is to do there, a way to look at it from outside and ways to break it.
 */
import { inspect } from 'node:util';
import { isTenantryError, type Retry } from '@tenantry/contract';
import type { Delivery } from '@tenantry/runbook';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Action, type ActionContext, type Applied, type Check, deliveryOf } from '../action.ts';
import { mayHaveHappened } from '../faults.ts';
import type { Secret } from '../secret.ts';
import type { Planned } from '../unknown.ts';
import type { TestContext } from './context.ts';

const FAULTS = ['timeout', 'throttled', 'server_error', 'malformed', 'unreachable'] as const;
export type FaultName = (typeof FAULTS)[number];

interface World extends AsyncDisposable {
  /** A fresh context on the world's connections; the same key unless another is asked for. */
  context(key?: string): TestContext;
  /** Everything the outside system holds that the action could touch, as plain JSON. */
  snapshot(): Promise<unknown>;
  /** A secret in use here: in a connection, in the input, or both. */
  readonly canary: Secret;
  /** A context under which the outside system fails in this way. */
  fault(name: FaultName): Promise<TestContext>;
}

export interface ActionWorld<Input, Output> extends World {
  /** Wholly known, so that it is also an input of `plan`. */
  readonly input: Input & Planned<Input>;
  /** Changes in the outside system, behind our back, what the action made. */
  tamper(applied: Applied<Output>): Promise<void>;
  /** Prepares a world in which the action finds what it wants, and says how to ask for it. */
  adopt?(): Promise<Input>;
}

export interface CheckWorld<Input> extends World {
  readonly input: Input;
}

interface Case {
  /** Inputs of the wrong type, each with what is wrong. */
  readonly badInputs: Readonly<Record<string, unknown>>;
  /** Faults that do not exist here, each with the reason. */
  readonly cannotOccur?: Readonly<Partial<Record<FaultName, string>>>;
}

interface ActionCase<Input, Output> extends Case {
  readonly open: () => Promise<ActionWorld<Input, Output>>;
  /** What `deliveryOf` must say in this world. */
  readonly delivery: Delivery;
  /** Whether it takes over things it did not make; then the world has `adopt`. */
  readonly adopts: boolean;
  /** Where the world differs from another of the same action. */
  readonly on?: string;
  /** Why nothing can be read back from this outside system; then `verify` is not asked to see tampering. */
  readonly cannotReadBack?: string;
}

interface CheckCase<Input> extends Case {
  readonly open: () => Promise<CheckWorld<Input>>;
}

const faultsOf = ({ cannotOccur = {} }: Case): FaultName[] =>
  FAULTS.filter((fault) => cannotOccur[fault] === undefined);

const EXPECTED: Readonly<Record<FaultName, readonly string[]>> = {
  timeout: ['connector.timeout'],
  throttled: ['connector.throttled', 'connector.exhausted'],
  server_error: ['connector.refused', 'connector.unreachable'],
  malformed: ['connector.malformed'],
  unreachable: ['connector.unreachable'],
};

const isDelay = (retry: Retry): boolean => typeof retry === 'object' && retry.afterMs > 0;

const FOREIGN_KEY = 'a key of another run';

/** Tests everything an action declares. */
export function describeAction<Input, Output>(action: Action<Input, Output>, subject: ActionCase<Input, Output>): void {
  const { open, badInputs } = subject;
  describe(`${action.name}${subject.on === undefined ? '' : ` on ${subject.on}`} keeps the contract of actions`, () => {
    schemasAreReadable(action);

    it('plan reads only', async () => {
      await using world = await open();
      const before = await world.snapshot();
      const plan = await action.plan(world.context(), world.input);
      expect(plan.changes.length).toBeGreaterThan(0);
      expect(await world.snapshot()).toEqual(before);
    });

    it('apply has an effect, and answers what its schema declares', async () => {
      await using world = await open();
      const before = await world.snapshot();
      const { output } = await action.apply(world.context(), world.input);
      expect(action.output.parse(output)).toEqual(output);
      expect(await world.snapshot()).not.toEqual(before);
    });

    it(`its delivery here is ${subject.delivery}`, async () => {
      await using world = await open();
      expect(deliveryOf(action, world.context(), world.input)).toBe(subject.delivery);
    });

    if (subject.delivery !== 'unknown') appliesOnce(action, open);
    if (subject.delivery === 'readback') findsItsMark(action, open);

    it('verify proves what apply made, with the output read back', async () => {
      await using world = await open();
      const applied = await action.apply(world.context(), world.input);
      const proof = await action.verify(world.context(), world.input, applied);
      expect(proof).toMatchObject({ ok: true, output: applied.output });
      expect(action.output.parse(proof.output)).toEqual(proof.output);
    });

    if (subject.cannotReadBack === undefined) catchesTampering(action, open);
    if (action.undoability === 'none' || action.undoability === 'irreversible') leavesItsTraces(action, open);
    else takesItselfBack(action, open);
    if (subject.adopts) leavesAdoptedAlone(action, open);

    it('a secret is in no plan, output, proof, ledger row or log line', async () => {
      await using world = await open();
      const ctx = world.context();
      const plan = await action.plan(ctx, world.input);
      const applied = await action.apply(ctx, world.input);
      const proof = await action.verify(ctx, world.input, applied);
      expectNoSecret(world, [plan, applied, proof, ctx.logged]);
    });

    for (const [what, input] of Object.entries(badInputs)) {
      it(`its schema refuses ${what}`, () => expect(action.input.safeParse(input).success).toBe(false));
    }

    for (const fault of faultsOf(subject)) {
      it(`a fault of kind ${fault} becomes one of the closed set`, async () => {
        await using world = await open();
        const ctx = await world.fault(fault);
        const error = await action.apply(ctx, world.input).then(expectAFault, (thrown: unknown) => thrown);
        const mayRepeat = deliveryOf(action, ctx, world.input) !== 'unknown' || !mayHaveHappened(error);
        expectFault(error, fault, mayRepeat);
        expectNoSecret(world, [error, ctx.logged]);
      });
    }
  });
}

type Open<Input, Output> = ActionCase<Input, Output>['open'];

/** Lint looks at parts of a schema by themselves: a part that points elsewhere could not be read. */
function schemasAreReadable(subject: { readonly input: z.ZodType; readonly output: z.ZodType }): void {
  it.each(['input', 'output'] as const)('its %s schema is JSON Schema without references', (io) => {
    const schema = z.toJSONSchema(subject[io], { io, unrepresentable: 'any' });
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(JSON.stringify(schema)).not.toContain('$ref');
  });
}

function appliesOnce<Input, Output>(action: Action<Input, Output>, open: Open<Input, Output>): void {
  it('applying twice with one key has one effect and one answer', async () => {
    await using world = await open();
    const first = await action.apply(world.context(), world.input);
    const after = await world.snapshot();
    expect(await action.apply(world.context(), world.input)).toEqual(first);
    expect(await world.snapshot()).toEqual(after);
  });
}

function findsItsMark<Input, Output>(action: Action<Input, Output>, open: Open<Input, Output>): void {
  it('find returns what apply made under this key, and nothing before or under another', async () => {
    await using world = await open();
    expect(await action.find?.(world.context(), world.input)).toBeUndefined();
    const applied = await action.apply(world.context(), world.input);
    expect(await action.find?.(world.context(), world.input)).toEqual(applied);
    expect(await action.find?.(world.context(FOREIGN_KEY), world.input)).toBeUndefined();
  });
}

function catchesTampering<Input, Output>(action: Action<Input, Output>, open: Open<Input, Output>): void {
  it('verify catches a resource that was tampered with', async () => {
    await using world = await open();
    const applied = await action.apply(world.context(), world.input);
    await world.tamper(applied);
    expect(await action.verify(world.context(), world.input, applied)).toMatchObject({ ok: false });
  });
}

function takesItselfBack<Input, Output>(action: Action<Input, Output>, open: Open<Input, Output>): void {
  it('undo removes exactly what apply made, and undoing again is harmless', async () => {
    await using world = await open();
    const before = await world.snapshot();
    const applied = await action.apply(world.context(), world.input);
    expect(applied.resources.length).toBeGreaterThan(0);
    const outcomes = await undoAll(action, world.context(), applied);
    expect(outcomes).toContain('removed');
    expect(await world.snapshot()).toEqual(before);
    expect(await undoAll(action, world.context(), applied)).not.toContain('removed');
    expect(await world.snapshot()).toEqual(before);
  });
}

function leavesAdoptedAlone<Input, Output>(action: Action<Input, Output>, open: Open<Input, Output>): void {
  it('undo leaves what was adopted alone', async () => {
    await using world = await open();
    if (world.adopt === undefined) throw new Error('an action that adopts needs a world with something to adopt');
    const input = await world.adopt();
    const before = await world.snapshot();
    const applied = await action.apply(world.context(), input);
    expect(applied.resources.map((resource) => resource.claim)).toEqual(['adopted']);
    expect(await undoAll(action, world.context(), applied)).toEqual(['left']);
    expect(await world.snapshot()).toEqual(before);
  });
}

function leavesItsTraces<Input, Output>(action: Action<Input, Output>, open: Open<Input, Output>): void {
  it('undo says that what was done stays, and touches nothing', async () => {
    await using world = await open();
    const applied = await action.apply(world.context(), world.input);
    const after = await world.snapshot();
    expect(new Set(await undoAll(action, world.context(), applied))).toEqual(new Set(['left']));
    expect(await world.snapshot()).toEqual(after);
  });
}

/** The ledger is walked backwards. */
async function undoAll<Input, Output>(
  action: Action<Input, Output>,
  ctx: ActionContext,
  applied: Applied<Output>,
): Promise<string[]> {
  const outcomes: string[] = [];
  for (const resource of applied.resources.toReversed()) outcomes.push((await action.undo(ctx, resource)).outcome);
  return outcomes;
}

/** Tests everything a check declares. */
export function describeCheck<Input, Output>(check: Check<Input, Output>, subject: CheckCase<Input>): void {
  const { open, badInputs } = subject;
  describe(`${check.name} keeps the contract of checks`, () => {
    schemasAreReadable(check);

    it('it reads only, and its facts fit the schema it declares', async () => {
      await using world = await open();
      const before = await world.snapshot();
      const output = await check.run(world.context(), world.input);
      expect(check.output.parse(output)).toEqual(output);
      expect(await world.snapshot()).toEqual(before);
    });

    it('a secret is in no fact and no log line', async () => {
      await using world = await open();
      const ctx = world.context();
      expectNoSecret(world, [await check.run(ctx, world.input), ctx.logged]);
    });

    for (const [what, input] of Object.entries(badInputs)) {
      it(`its schema refuses ${what}`, () => expect(check.input.safeParse(input).success).toBe(false));
    }

    for (const fault of faultsOf(subject)) {
      it(`a fault of kind ${fault} becomes one of the closed set`, async () => {
        await using world = await open();
        const ctx = await world.fault(fault);
        const error = await check.run(ctx, world.input).then(expectAFault, (thrown: unknown) => thrown);
        expectFault(error, fault, true);
        expectNoSecret(world, [error, ctx.logged]);
      });
    }
  });
}

function expectAFault(): never {
  throw new Error('the call passed although the other side was at fault');
}

function expectFault(error: unknown, fault: FaultName, mayRepeat: boolean): void {
  if (!isTenantryError(error)) throw new Error('the error is not one of the closed set', { cause: error });
  expect(EXPECTED[fault], error.message).toContain(error.code);
  if (!mayRepeat) expect(error.retry, 'what may have happened is never repeated silently').toBe('never');
  else if (fault === 'throttled') expect(isDelay(error.retry), 'a throttled call waits').toBe(true);
  else expect(error.retry, 'the fault may pass').not.toBe('never');
}

/** Searches everything a logger, a database row or a page could print. */
function expectNoSecret(world: World, things: unknown): void {
  const text = world.canary.reveal();
  const printed = `${inspect(things, { depth: null, showHidden: true })}\n${JSON.stringify(things, withErrors)}`;
  expect(printed).not.toContain(text);
  expect(printed).not.toContain(Buffer.from(text).toString('base64'));
}

const withErrors = (_key: string, value: unknown): unknown =>
  value instanceof Error ? { ...value, message: value.message, stack: value.stack, cause: value.cause } : value;
