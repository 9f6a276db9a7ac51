/**
 * What the language knows of the world outside a runbook: the actions, probes, events and documents that
 * exist. The server generates it from its connectors; lint, plan and the editors read it.
 */
import type { JsonSchema, Runbook } from './definition.ts';

/** How a crash between call and answer is resolved (design, section 2). */
export type Delivery = 'idempotent' | 'readback' | 'unknown';
export type Undoability = 'reversible' | 'compensates' | 'irreversible' | 'none';

export interface ActionSignature {
  readonly name: string;
  readonly version: number;
  readonly summary: string;
  readonly delivery: Delivery;
  readonly undo: Undoability;
  readonly input: JsonSchema;
  readonly output: JsonSchema;
  /** True where a stand-in answers for the outside system; shown wherever a result of it is. */
  readonly simulated?: boolean;
}

export interface CheckSignature {
  readonly name: string;
  readonly version: number;
  readonly summary: string;
  readonly input: JsonSchema;
  readonly output: JsonSchema;
}

export interface Catalog {
  readonly actions: Readonly<Record<string, ActionSignature>>;
  readonly checks: Readonly<Record<string, CheckSignature>>;
  /** Events a `wait` or a trigger may name, with the schema of `event`. */
  readonly events: Readonly<Record<string, JsonSchema>>;
  /** Schema of `product`, of the profile the runbook is checked against. */
  readonly product: JsonSchema;
  /** Other runbooks by id: the types of their intake and outputs. */
  readonly runbooks: Readonly<Record<string, { readonly intake: JsonSchema; readonly outputs: readonly string[] }>>;
}

export const emptyCatalog: Catalog = { actions: {}, checks: {}, events: {}, product: { type: 'object' }, runbooks: {} };

/** What other runbooks have to know of these: the types of their intake, the names of their outputs. */
export const signaturesOf = (runbooks: readonly Runbook[]): Catalog['runbooks'] =>
  Object.fromEntries(runbooks.map(({ id, intake, outputs }) => [id, { intake, outputs: Object.keys(outputs) }]));
