import { expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { giveRole } from '../../people/testing/roles.ts';
import { remindReviews } from '../../review-mails.ts';
import { ADA, BOB, openWorld } from '../testing/world.ts';
import { isDue, listRunbooks, reviewRunbook } from './index.ts';

const runbook = (version: string, review: string) => `
runbook: looked-after
version: "${version}"
title: Looked after
owner: tests
about:
  ${review}
  raci: { accountable: [lead] }
subject: none
roles: { lead: { title: Lead }, engineer: { title: Engineer } }
phases: [{ id: p, owner: engineer, steps: [{ id: a, task: Do it }] }]
`;
const test = await cloneDatabase();
const world = await openWorld(test);
await world.publish(runbook('1.0', 'review: { every: quarter, next: 2026-02-03 }'));
await test.asSuperuser(
  `insert into tenantry.people (id, name, email, party, roles, created_at) values ($1, 'Bob', 'bob@vendor.example', 'vendor', '{lead}', now())`,
  [BOB.id],
);
await giveRole(test.database, BOB.id, 'engineer');

const at = (day: string): Date => new Date(`${day}T09:00:00Z`);
const remind = (day: string) =>
  remindReviews({
    database: test.database,
    now: () => at(day),
    publicUrl: 'https://tenantry.example',
    tellsDevelopment: false,
    log: () => undefined,
  });
const mails = () =>
  test.asSuperuser<{ recipient: string; content: { due: string } }>(
    "select recipient, content from tenantry.mail_outbox where template = 'review-due' order by created_at",
  );
const review = async () => (await world.as(ADA, (ctx) => listRunbooks(ctx.tx, 'production')))[0]?.review;
const doing = (person: typeof ADA, input: object, day = '2026-02-10') =>
  world.as(person, (ctx) => reviewRunbook({ ...ctx, now: at(day) }, { id: 'looked-after', version: '1.0', ...input }));

it('RUN-02: whoever looks after a runbook is told on the day its review is due, once, and again each month', async () => {
  await remind('2026-02-02');
  expect(await mails()).toEqual([]);
  await remind('2026-02-03');
  await remind('2026-02-04');
  expect((await mails()).map(({ recipient, content }) => [recipient, content.due])).toEqual([
    ['bob@vendor.example', '2026-02-03'],
  ]);
  await remind('2026-03-10');
  expect(await mails()).toHaveLength(2);
});

it('RUN-02: a review is recorded with who, when and what was found, audited, and sets the next day', async () => {
  expect(await review()).toMatchObject({ every: 'quarter', nextOn: '2026-02-03', last: null });
  await doing(BOB, { note: 'still true' });
  expect(await review()).toMatchObject({
    nextOn: '2026-05-10',
    last: { name: 'Bob', role: 'lead', note: 'still true' },
  });
  const [audit] = await test.asSuperuser<{ actor_id: string; payload: string }>(
    "select actor_id, payload::text from tenantry.audit_log where action = 'runbook.reviewed'",
  );
  expect([audit?.actor_id, audit?.payload.includes('2026-05-10')]).toEqual([BOB.id, true]);
  const before = (await mails()).length;
  await remind('2026-05-09');
  expect(await mails()).toHaveLength(before);
  await doing(BOB, { nextOn: '2026-03-01' });
  expect(isDue((await review())?.nextOn ?? '', at('2026-03-01'))).toBe(true);
});

it('RUN-02: a review is refused to others, for a day that is over, and of a version that is not there', async () => {
  const engineer = { ...ADA, roles: ['engineer'] };
  await expect(doing(engineer, {})).rejects.toMatchObject({ code: 'access.forbidden' });
  await expect(doing(BOB, { nextOn: '2026-02-10' })).rejects.toMatchObject({ code: 'request.invalid' });
  await expect(doing(BOB, { version: '9.9' })).rejects.toMatchObject({ code: 'runbook.not_found' });
  const mayNot = { ...BOB, scopes: ['runs:read'] as const };
  await expect(doing(mayNot, {})).rejects.toMatchObject({ code: 'access.forbidden' });
});

it('a new version is due when it says, and one that says nothing is not reviewed', async () => {
  await world.publish(runbook('2.0', 'purpose: none'));
  expect(await review()).toBeNull();
  await expect(doing(BOB, { version: '2.0' })).rejects.toMatchObject({ faults: [{ path: 'next_on' }] });
  const before = (await mails()).length;
  await remind('2030-01-01');
  expect(await mails()).toHaveLength(before);
});
