import { createHash } from 'node:crypto';
import { canonicalJson } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { Secret } from '../kit/index.ts';
import { testContext } from '../kit/testing/context.ts';
import { describeCheck } from '../kit/testing/contract-suite.ts';
import { recordCheck } from './record.ts';

const content = { customer: { name: 'Acme', contacts: ['a@acme.example'] }, sso: false, users: 0, notes: ' ' };
const handoff = {
  content,
  recorded_by: { name: 'Sam Sales', email: 'sam@vendor.example', role: 'sales' },
  recorded_at: '2026-11-02T10:00:00+01:00',
  sha256: createHash('sha256').update(canonicalJson(content)).digest('hex'),
};
const judge = (more: object) => recordCheck.run(testContext(), recordCheck.input.parse({ record: handoff, ...more }));

const pure = 'it talks to nobody';

describeCheck(recordCheck, {
  cannotOccur: { timeout: pure, throttled: pure, server_error: pure, malformed: pure, unreachable: pure },
  badInputs: {
    'a record that is text': { record: 'handoff' },
    'a list of roles': { record: handoff, role: ['sales'] },
    'a member it does not know': { record: handoff, require: [] },
  },
  open: async () => ({
    input: recordCheck.input.parse({ record: handoff }),
    canary: new Secret('never in an intake file'),
    context: () => testContext(),
    snapshot: async () => structuredClone(handoff),
    fault: async () => testContext(),
    async [Symbol.asyncDispose]() {},
  }),
});

describe('intake.record', () => {
  it('INT-01: a whole record is complete, with who made it, as what and when', async () => {
    expect(await judge({ required: ['customer.name', 'sso', 'users'], role: 'sales' })).toEqual({
      complete: true,
      missing: [],
      percent: 100,
      hash_matches: true,
      role_matches: true,
      recorded_by: { name: 'Sam Sales', email: 'sam@vendor.example' },
      recorded_at: '2026-11-02T10:00:00+01:00',
      role: 'sales',
      sha256: handoff.sha256,
    });
  });

  it('INT-07: says how far it is answered, from nothing to all of it', async () => {
    const required = ['customer.name', 'sso', 'notes', 'customer.vat'];
    expect((await judge({ required })).percent).toBe(50);
    expect((await judge({ required, record: { ...handoff, content: {} } })).percent).toBe(0);
    expect((await judge({ required: required.slice(0, 2) })).percent).toBe(100);
  });

  it('INT-01: every missing part is named at once, and a blank is no answer', async () => {
    const facts = await judge({ required: ['customer.vat', 'notes', 'customer.contacts.1', 'toString'] });
    expect(facts).toMatchObject({
      complete: false,
      missing: ['content.customer.vat', 'content.notes', 'content.customer.contacts.1', 'content.toString'],
    });
  });

  it('INT-15: content changed after it was recorded does not match its hash', async () => {
    const record = { ...handoff, content: { ...content, users: 500 } };
    expect(await judge({ record })).toMatchObject({ complete: false, hash_matches: false, missing: [] });
  });

  it('the order of members is no change', async () => {
    const { customer, ...rest } = content;
    expect(await judge({ record: { ...handoff, content: { ...rest, customer } } })).toMatchObject({
      hash_matches: true,
    });
  });

  it('INT-15: a record of another role is not complete', async () => {
    expect(await judge({ role: 'legal' })).toMatchObject({ complete: false, role_matches: false, role: 'sales' });
  });

  it('a record without author, time and hash is incomplete, not an error', async () => {
    expect(await judge({ record: { recorded_at: 'yesterday' } })).toMatchObject({
      complete: false,
      hash_matches: false,
      missing: ['content', 'recorded_by.name', 'recorded_by.email', 'recorded_by.role', 'recorded_at', 'sha256'],
    });
  });
});
