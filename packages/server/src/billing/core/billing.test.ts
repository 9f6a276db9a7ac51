import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invoice, stripeEvent, subscription } from '../../connectors/stripe/testing/objects.ts';
import { billingRulesOf } from '../../products/index.ts';
import { dueSteps, suspendsAt } from './dunning.ts';
import { type KnownObject, orderOf } from './order.ts';
import { type BillingFacts, readEvent } from './read-event.ts';

const NOW = new Date('2026-11-20T09:00:00Z');
const later = (days: number): Date => new Date(NOW.getTime() + days * 86_400_000);

describe('what is read of an event', () => {
  it('is what decides, and no name, address or card', () => {
    const event = readEvent(stripeEvent('invoice.payment_failed', invoice({ id: 'in_1', tenant: 't' }), { at: NOW }));
    expect(event).toMatchObject({
      occurredAt: NOW,
      facts: { kind: 'invoice', id: 'in_1', tenant: 't', state: 'unpaid' },
    });
    expect(JSON.stringify(event)).not.toMatch(/Ann Payer|payer@acme/);
  });

  it('is the same where the metadata stood before 2025, and where the customer is expanded', () => {
    const older = { ...invoice({ tenant: 't', older: true }), customer: { id: 'cus_9', object: 'customer' } };
    const event = readEvent(stripeEvent('invoice.paid', older, { at: NOW }));
    expect(event?.facts).toMatchObject({ tenant: 't', customer: 'cus_9' });
  });

  it('is nothing for a kind that means nothing here, and no event for what is none', () => {
    expect(readEvent(stripeEvent('charge.refunded', {}, { at: NOW }))).toMatchObject({ facts: undefined });
    expect(readEvent(stripeEvent('invoice.paid', { object: 'charge' }, { at: NOW }))).toBeUndefined();
    expect(readEvent({ object: 'event' })).toBeUndefined();
    expect(readEvent(null)).toBeUndefined();
  });

  it('a written-off invoice is unpaid, a void one is settled', () => {
    const state = (status: string) =>
      readEvent(stripeEvent('invoice.paid', invoice({ status }), { at: NOW }))?.facts?.state;
    expect(['open', 'uncollectible', 'paid', 'void'].map(state)).toEqual(['unpaid', 'unpaid', 'paid', 'void']);
  });
});

const factsOf = (state: string, price = 'p', kind: 'invoice' | 'subscription' = 'subscription'): BillingFacts => {
  const object =
    kind === 'invoice'
      ? invoice({ id: 'o', status: state })
      : subscription({ id: 'o', status: state, prices: [price] });
  const type = kind === 'invoice' ? 'invoice.paid' : 'customer.subscription.updated';
  return readEvent(stripeEvent(type, object, { at: NOW }))?.facts ?? expect.fail('unreadable');
};
const known = (facts: BillingFacts, asOf = NOW, eventId = 'evt_1'): KnownObject => ({
  state: facts.state,
  facts,
  asOf,
  eventId,
});
const incoming = (facts: BillingFacts, asOf = NOW, eventId = 'evt_2') => ({ facts, asOf, eventId });

describe('the order of events of one object', () => {
  it('the later time counts, whichever came first', () => {
    expect(orderOf(undefined, incoming(factsOf('active')))).toBe('newer');
    expect(orderOf(known(factsOf('active')), incoming(factsOf('active', 'q'), later(1)))).toBe('newer');
    expect(orderOf(known(factsOf('active'), later(1)), incoming(factsOf('active', 'q')))).toBe('older');
  });

  it('nothing leads out of paid, void and canceled, whatever the times say', () => {
    expect(orderOf(known(factsOf('paid', '', 'invoice')), incoming(factsOf('open', '', 'invoice'), later(9)))).toBe(
      'older',
    );
    expect(orderOf(known(factsOf('open', '', 'invoice'), later(9)), incoming(factsOf('paid', '', 'invoice')))).toBe(
      'newer',
    );
    expect(orderOf(known(factsOf('canceled')), incoming(factsOf('active'), later(9)))).toBe('older');
  });

  it('two of one second that say different things have none; the same thing, or the same event, has', () => {
    expect(orderOf(known(factsOf('active', 'p')), incoming(factsOf('active', 'q')))).toBe('unknown');
    expect(orderOf(known(factsOf('active', 'p')), incoming(factsOf('active', 'p')))).toBe('newer');
    expect(orderOf(known(factsOf('active', 'p')), incoming(factsOf('active', 'q'), NOW, 'evt_1'))).toBe('newer');
  });

  it('any order of delivery, each as often as it likes, comes to the same end', () => {
    const seconds = fc.uniqueArray(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(seconds, fc.boolean(), fc.infiniteStream(fc.nat()), (times, cancels, dice) => {
        const sorted = [...times].sort((a, b) => a - b);
        const events = sorted.map((second, index) =>
          incoming(
            factsOf(cancels && index === sorted.length - 1 ? 'canceled' : 'active', `p${index}`),
            new Date(NOW.getTime() + second * 1_000),
            `evt_${index}`,
          ),
        );
        const delivered = [...events, ...events]
          .map((event) => ({ event, at: dice.next().value }))
          .sort((a, b) => a.at - b.at);
        let state: KnownObject | undefined;
        for (const { event } of delivered) {
          if (orderOf(state, event) === 'newer') state = known(event.facts, event.asOf, event.eventId);
        }
        expect(state?.eventId).toBe(`evt_${events.length - 1}`);
      }),
    );
  });
});

describe('the steps of a dunning', () => {
  const steps = [
    { after_days: 0, do: 'mail' },
    { after_days: 7, do: 'mail' },
    { after_days: 14, do: 'suspend' },
    { after_days: 20, do: 'mail' },
  ] as const;
  const clock = (stepsDone: number) => ({ beganAt: NOW, steps, stepsDone });

  it('are taken on their days and not before', () => {
    expect(dueSteps(clock(0), NOW)).toEqual({ suspend: false, mail: 0, stepsDone: 1, nextAt: later(7) });
    expect(dueSteps(clock(1), later(6.99))).toEqual({
      suspend: false,
      mail: undefined,
      stepsDone: 1,
      nextAt: later(7),
    });
    expect(dueSteps(clock(2), later(14))).toEqual({ suspend: true, mail: undefined, stepsDone: 3, nextAt: later(20) });
    expect(dueSteps(clock(3), later(20))).toMatchObject({ mail: 3, nextAt: null });
    expect([suspendsAt(clock(0)), suspendsAt(clock(3))]).toEqual([later(14), undefined]);
  });

  it('after an outage come to one mail and the suspension', () => {
    expect(dueSteps(clock(0), later(40))).toEqual({ suspend: true, mail: 3, stepsDone: 4, nextAt: null });
  });

  it('CH-75: suspend at once where the profile says nothing', () => {
    const { dunning } = billingRulesOf({});
    expect(dueSteps({ beganAt: NOW, steps: dunning, stepsDone: 0 }, NOW)).toMatchObject({
      suspend: true,
      mail: undefined,
    });
  });
});
