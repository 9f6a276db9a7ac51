/** What statuses, kinds and values are called on the page. */
import type { Json, RunStatus, StepKind, StepStatus } from '@tenantry/runbook';
import { type Html, html } from './html.ts';

/** `good`: done. `bad`: failed, or let pass in spite of it. `open`: not done, and nothing is wrong. */
export type Tone = 'good' | 'bad' | 'open';

export interface Word {
  readonly text: string;
  readonly tone: Tone;
}

const RUN_WORDS: Readonly<Record<RunStatus, Word>> = {
  planned: { text: 'Planned', tone: 'open' },
  running: { text: 'Running', tone: 'open' },
  waiting: { text: 'Waiting', tone: 'open' },
  halted: { text: 'Halted: a person is asked', tone: 'bad' },
  rolling_back: { text: 'Being rolled back', tone: 'bad' },
  rollback_blocked: { text: 'Rollback blocked', tone: 'bad' },
  completed: { text: 'Completed', tone: 'good' },
  rolled_back: { text: 'Rolled back', tone: 'bad' },
  cancelled: { text: 'Cancelled', tone: 'bad' },
};

const STEP_WORDS: Readonly<Record<StepStatus, Word>> = {
  pending: { text: 'Not started', tone: 'open' },
  ready: { text: 'Ready', tone: 'open' },
  running: { text: 'Running', tone: 'open' },
  waiting: { text: 'Waiting', tone: 'open' },
  passed: { text: 'Passed', tone: 'good' },
  failed: { text: 'Failed', tone: 'bad' },
  uncertain: { text: 'Uncertain: the call may or may not have taken effect', tone: 'bad' },
  skipped: { text: 'Skipped', tone: 'open' },
  overridden: { text: 'Overridden: let pass by a person, not proven', tone: 'bad' },
  undoing: { text: 'Being taken back', tone: 'open' },
  undone: { text: 'Taken back', tone: 'open' },
  undo_failed: { text: 'Could not be taken back', tone: 'bad' },
};

const KIND_WORDS: Readonly<Record<StepKind, string>> = {
  uses: 'Action',
  check: 'Check',
  task: 'Task',
  approve: 'Approval',
  sign_off: 'Sign-off',
  wait: 'Wait',
  document: 'Document',
  choose: 'Choice',
  run: 'Child run',
};

const PROOF_WORDS: Readonly<Record<string, string>> = {
  proof: 'What the action did, read back',
  probe: 'What the check read',
  document: 'Document written',
  act: 'What a person did',
  override: 'A person decided otherwise',
  undo: 'Taking back',
};

export const runWord = (status: RunStatus): Word => RUN_WORDS[status];
export const stepWord = (status: StepStatus): Word => STEP_WORDS[status];
export const kindWord = (kind: StepKind): string => KIND_WORDS[kind];
export const proofWord = (kind: string): string => PROOF_WORDS[kind] ?? kind;

export const verdictWord = (ok: boolean | null): Word | undefined =>
  ok === null ? undefined : ok ? { text: 'As expected', tone: 'good' } : { text: 'Not as expected', tone: 'bad' };

/** `2026-11-20 14:03:07 UTC`, with the exact instant in the markup. */
export const timeOf = (at: string): Html =>
  html`<time datetime="${at}">${at.slice(0, 10)} ${at.slice(11, 19)} UTC</time>`;

const SEALED = 'sealed';
const DEPTH_MAX = 6;
const MEMBERS_MAX = 50;
const TEXT_MAX = 2_000;

/** A stored value for reading. Secrets are vault references here, and print as the word `sealed`. */
export function describeValue(value: Json | undefined, depth = 0): Html {
  if (value === null || value === undefined) return html`<span class="quiet">nothing</span>`;
  if (typeof value === 'boolean') return html`${value ? 'yes' : 'no'}`;
  if (typeof value === 'number') return html`${value}`;
  if (typeof value === 'string') return textOf(value);
  const sealed = sealedText(value);
  if (sealed !== undefined) return html`${sealed}`;
  if (depth >= DEPTH_MAX) return html`<span class="quiet">more in run.json</span>`;
  return Array.isArray(value) ? listOf(value, depth) : membersOf(value as { readonly [key: string]: Json }, depth);
}

function textOf(text: string): Html {
  if (text === '') return html`<span class="quiet">empty text</span>`;
  if (text.length <= TEXT_MAX) return html`<span class="text">${text}</span>`;
  return html`<span class="text">${text.slice(0, TEXT_MAX)}</span>
    <span class="quiet">and ${text.length - TEXT_MAX} more characters in run.json</span>`;
}

function sealedText(value: object): string | undefined {
  if ('$secret' in value) return SEALED;
  if (!('$secretTemplate' in value) || !Array.isArray(value.$secretTemplate)) return undefined;
  return value.$secretTemplate.map((part: unknown) => (typeof part === 'string' ? part : SEALED)).join('');
}

function listOf(items: readonly Json[], depth: number): Html {
  if (items.length === 0) return html`<span class="quiet">none</span>`;
  return html`<ul class="values">${items.slice(0, MEMBERS_MAX).map((item) => html`<li>${describeValue(item, depth + 1)}</li>`)}
    ${restOf(items.length)}</ul>`;
}

function membersOf(value: { readonly [key: string]: Json }, depth: number): Html {
  const members = Object.entries(value);
  if (members.length === 0) return html`<span class="quiet">nothing</span>`;
  const shown = members.slice(0, MEMBERS_MAX);
  return html`<dl>${shown.map(([name, member]) => html`<dt>${name.replaceAll('_', ' ')}</dt><dd>${describeValue(member, depth + 1)}</dd>`)}</dl>
    ${members.length > MEMBERS_MAX && html`<span class="quiet">and ${members.length - MEMBERS_MAX} more in run.json</span>`}`;
}

const restOf = (count: number): Html | false =>
  count > MEMBERS_MAX && html`<li class="quiet">and ${count - MEMBERS_MAX} more in run.json</li>`;
