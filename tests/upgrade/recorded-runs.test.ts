import { readdirSync, readFileSync } from 'node:fs';
import {
  advance,
  plannedState,
  type Runbook,
  type RunEvent,
  type RunFacts,
  type RunState,
  stepsOf,
} from '@tenantry/runbook';
import { describe, expect, it } from 'vitest';

const FOLDER = new URL('recorded/', import.meta.url);

interface Recorded {
  readonly definition: Runbook;
  readonly facts: RunFacts;
  readonly events: readonly RunEvent[];
  readonly state: RunState;
}

/**
 * Runs that a released version recorded. They live on under newer versions, so the engine has to lead their events
 * to the same state for ever: a file in that folder is never edited, and never deleted.
 */
describe('a run recorded by an earlier release', () => {
  it.each(readdirSync(FOLDER))('%s is led by its events to the state it was stored with', (file) => {
    const { definition, facts, events, state } = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Recorded;
    const phases = definition.phases.map((phase) => phase.id);
    const planned = plannedState(
      facts,
      phases,
      stepsOf(definition).map((step) => step.id),
    );
    expect(events.reduce((now, event) => advance(definition, now, event).state, planned)).toEqual(state);
  });
});
