import { describe, expect, it } from 'vitest';
import {
  OFFBOARDING_FACTS,
  REMINDER_DAYS as SERVER_REMINDERS,
  RETENTION_DAYS as SERVER_RETENTION,
} from '../../../../server/src/tenants/core/offboarding.ts';
import { CAUSE_FACTS } from '../../../../server/src/tenants/core/suspension.ts';
import { DELETION_STEPS as SERVER_STEPS } from '../../../../server/src/tenants/index.ts';
import { CAUSES, DELETION_STEPS, LEAVING, REMINDER_DAYS, RETENTION_DAYS } from './life-words.ts';

describe('what the page says before the button', () => {
  it('LIFE-12: of a suspension is what the server does', () => {
    const facts = Object.entries(CAUSE_FACTS).map(([cause, { accessMode, forced = false, asked = false }]) => [
      cause,
      { mode: accessMode, forced, asked },
    ]);
    const said = Object.entries(CAUSES).map(([cause, { mode, forced = false, asked = false }]) => [
      cause,
      { mode, forced, asked },
    ]);
    expect(said).toEqual(facts);
  });

  it('OFF-01, OFF-02, OFF-03, OFF-04: of the days until the end is what the server does', () => {
    const facts = Object.entries(OFFBOARDING_FACTS).map(([cause, { graceDays, secondAuthority = false }]) => [
      cause,
      graceDays,
      secondAuthority,
    ]);
    expect(Object.entries(LEAVING).map(([cause, { graceDays, second = false }]) => [cause, graceDays, second])).toEqual(
      facts,
    );
    expect([RETENTION_DAYS, ...REMINDER_DAYS]).toEqual([SERVER_RETENTION, ...SERVER_REMINDERS]);
  });

  it('of the deletion names each of its steps in order', () => {
    expect(DELETION_STEPS.map(([step]) => step)).toEqual(SERVER_STEPS);
  });
});
