import PostalMime from 'postal-mime';
import { beforeAll, describe, expect, it } from 'vitest';
import { keepingServer } from './connectors/email/testing/mail-servers.ts';
import { Secret } from './connectors/kit/index.ts';
import { cloneDatabase } from './db/testing/index.ts';
import { sweepTimers } from './engine/index.ts';
import { sendMail, smtpTransport } from './notifications/index.ts';
import { giveRole } from './people/testing/roles.ts';
import { runMails } from './run-mails.ts';
import { isStillAsked } from './runbooks/index.ts';
import { cancelRun, completeTask, decide, overrideGate, reopenPhase } from './runbooks/runs/index.ts';
import { ADA, BOB, clientFile, openWorld } from './runbooks/testing/world.ts';
import { batchOfMail } from './tell-people.ts';

const RUNBOOK = `
runbook: told
version: "1.0"
title: Told
owner: tests
about:
  raci: { accountable: [lead], informed: [cto, board] }
  informed_of: { board: [phases.accept, end] }
subject: new_tenant
intake: { type: object, required: [slug, contact], properties: { slug: { type: string }, contact: { type: string } } }
roles:
  engineer: { title: Engineer }
  lead: { title: Lead }
  cto: { title: CTO }
  board: { title: Board }
  client: { title: Client, party: client, contact: "\${{ intake.contact }}" }
escalation: [{ after: 4h, to: lead }]
phases:
  - id: work
    title: Work
    owner: engineer
    parallel: true
    steps:
      - id: look
        title: Look at it
        task: Open it and look
      - id: measure
        title: Measure it
        task: Take its length
  - id: accept
    title: Accept
    owner: engineer
    exit: { Somebody is happy: "false" }
    steps:
      - id: signed
        title: Acceptance
        sign_off: { by: [client, lead], of: [steps.look], statement: It works }
`;

const test = await cloneDatabase();
const world = await openWorld(test);
let now = new Date();
const mails = (tellsDevelopment = false) =>
  runMails({
    database: test.database,
    now: () => now,
    publicUrl: 'https://tenantry.example',
    tellsDevelopment,
    log: () => undefined,
  });
const tell = (run: string, tellsDevelopment = false) =>
  mails(tellsDevelopment)['run.tell']?.({ run }, AbortSignal.timeout(5_000));

interface Row {
  readonly id: string;
  readonly recipient: string;
  readonly template: string;
  readonly status: string;
  readonly content: { readonly asks?: readonly { readonly title: string }[] };
}
const outbox = (run: string): Promise<readonly Row[]> =>
  test.asSuperuser<Row>(
    `select id, recipient, template, status, content from tenantry.mail_outbox
     where content ->> 'run' = (select title from tenantry.runs where id = $1) and created_at >= $2
     order by template, recipient`,
    [run, started],
  );
let started = now;

/** Sends what waits through a real mail server. */
async function deliver(
  run: string,
): Promise<readonly { readonly to: string; readonly subject: string; readonly text: string }[]> {
  const kept: string[] = [];
  await using server = await keepingServer(kept);
  const rows = (await outbox(run)).filter(({ status }) => status === 'waiting');
  const transport = smtpTransport({ host: '127.0.0.1', port: server.port, from: 'no-reply@vendor.example' });
  const isWanted = async (tx: Parameters<typeof isStillAsked>[0], key: string): Promise<boolean> => {
    const batch = batchOfMail(key);
    return batch === undefined || isStillAsked(tx, batch);
  };
  const openLink = async () => new Secret('');
  for (const { id } of rows)
    await sendMail({ database: test.database, transport, openLink, now: () => now, isWanted }, id);
  const parsed = await Promise.all(kept.map((one) => PostalMime.parse(one)));
  return parsed.map(({ to, subject = '', text = '' }) => ({ to: to?.[0]?.address ?? '', subject, text }));
}

let number = 0;
async function start(contact = 'it@client.example'): Promise<string> {
  number += 1;
  now = new Date();
  started = now;
  const { id } = await world.start(clientFile('told', { slug: `told-${number}`, contact }));
  await test.asSuperuser(`update tenantry.runs set title = 'Told ' || $2 where id = $1`, [id, number]);
  return id;
}
const finish = async (run: string, step: string) => {
  await world.as(ADA, (ctx) => completeTask(ctx, run, { step }));
};

beforeAll(async () => {
  await world.publish(RUNBOOK);
  const people = [
    [ADA.id, 'Ada', 'ada@vendor.example', ADA.roles, false],
    ['10000000-0000-4000-8000-00000000000a', 'Lee', 'lee@vendor.example', ['lead'], false],
    ['10000000-0000-4000-8000-00000000000b', 'Cleo', 'cleo@vendor.example', ['cto', 'board'], false],
    ['10000000-0000-4000-8000-00000000000c', 'Seeded', 'seeded@vendor.example', ['engineer', 'cto'], true],
  ] as const;
  for (const [id, name, email, roles, development] of people) {
    await test.asSuperuser(
      `insert into tenantry.people (id, name, email, party, roles, development, created_at) values ($1, $2, $3, 'vendor', $4, $5, now())`,
      [id, name, email, roles, development],
    );
    await giveRole(test.database, id, 'engineer');
  }
});

describe('whoever is asked', () => {
  it('RUN-32: gets one mail with everything a run asks of them at once: what, by when, and where to answer', async () => {
    const run = await start();
    await tell(run);
    const [mail, ...others] = await deliver(run);
    expect(others).toEqual([]);
    expect(mail).toMatchObject({ to: 'ada@vendor.example', subject: `Asked of you: 2 things (Told ${number})` });
    expect(mail?.text).toMatch(
      /^- Look at it \(a task for Engineer\), by \d{4}-\d\d-\d\d \d\d:\d\d UTC: Open it and look/m,
    );
    expect(mail?.text).toMatch(/^- Measure it .*\(tenantry run complete run_[0-9a-f-]+ measure\)$/m);
    expect(mail?.text).toContain(`https://tenantry.example/console/runs/run_${run}`);
  });

  it('is told once, however often the job is done, and by a timer the move itself has set', async () => {
    const run = await start();
    const due = new Date(now.getTime() + 60_000);
    const timers = await test.asSuperuser<{ due_at: Date }>(
      "select due_at from tenantry.engine_timers where owner = $1 and key = 'tell'",
      [run],
    );
    expect(timers.map(({ due_at: at }) => at.getTime() <= due.getTime() + 5_000)).toEqual([true]);
    await Promise.all([tell(run), tell(run)]);
    await tell(run);
    expect(await outbox(run)).toHaveLength(1);
  });

  it('hears no more of a question that was answered: not before the mail was written, and not while it waits', async () => {
    const run = await start();
    await finish(run, 'look');
    await tell(run);
    const [row] = await outbox(run);
    expect(row?.content.asks?.map(({ title }) => title)).toEqual(['Measure it']);
    await finish(run, 'measure');
    expect(await deliver(run)).toEqual([]);
    expect(
      (await test.asSuperuser<Row>('select status from tenantry.mail_outbox where id = $1', [row?.id]))[0],
    ).toEqual({
      status: 'withdrawn',
    });
  });

  it('is, of a client, whom the runbook names; who has signed is not asked again', async () => {
    const run = await start();
    await finish(run, 'look');
    await finish(run, 'measure');
    await tell(run);
    expect((await outbox(run)).filter(({ template }) => template === 'asked').map((row) => row.recipient)).toEqual([
      'ada@vendor.example',
      'it@client.example',
      'lee@vendor.example',
    ]);
    const sent = await deliver(run);
    const client = sent.find(({ to }) => to === 'it@client.example');
    expect(client?.text).toContain('https://tenantry.example/portal');
    expect(client?.text).not.toContain('tenantry run');
    await world.as(ADA, (ctx) => decide(ctx, run, { step: 'signed', decision: 'yes', role: 'lead' }));
    now = new Date(now.getTime() + 60_000);
    await mails()['run.escalate']?.({ run, step: 'signed', to: 'lead', rung: 1 }, AbortSignal.timeout(5_000));
    const reminders = (await outbox(run)).filter(({ status }) => status === 'waiting');
    expect(reminders.map(({ template, recipient }) => [template, recipient])).toEqual(
      expect.arrayContaining([['asked', 'it@client.example']]),
    );
    expect(reminders.filter(({ template }) => template === 'asked')).toHaveLength(1);
  });

  it('ROLE-01: is reminded when the ladder tells somebody else, and neither is told once it is answered', async () => {
    const run = await start();
    await tell(run);
    await deliver(run);
    const climb = () =>
      mails()['run.escalate']?.({ run, step: 'look', to: 'lead', rung: 1 }, AbortSignal.timeout(5_000));
    await climb();
    await climb();
    expect(
      (await outbox(run)).filter(({ status }) => status === 'waiting').map((row) => [row.template, row.recipient]),
    ).toEqual([
      ['asked', 'ada@vendor.example'],
      ['escalation', 'ada@vendor.example'],
      ['escalation', 'lee@vendor.example'],
    ]);
    await finish(run, 'look');
    await finish(run, 'measure');
    expect(await deliver(run)).toEqual([]);
  });

  it('is no seeded identity, but where its mailbox is', async () => {
    const real = await start();
    await tell(real);
    expect((await outbox(real)).map(({ recipient }) => recipient)).toEqual(['ada@vendor.example']);
    const development = await start();
    await tell(development, true);
    expect((await outbox(development)).map(({ recipient }) => recipient)).toEqual([
      'ada@vendor.example',
      'seeded@vendor.example',
    ]);
  });

  it('holds up nobody when the runbook names an address that is none', async () => {
    const run = await start('nobody');
    await finish(run, 'look');
    await finish(run, 'measure');
    await tell(run);
    expect((await outbox(run)).map(({ recipient }) => recipient)).toContain('lee@vendor.example');
  });
});

describe('whoever is informed', () => {
  const notices = async (run: string) => {
    await tell(run);
    return (await deliver(run)).filter(({ subject }) => !subject.startsWith('Asked'));
  };

  it('RUN-15: is told once of what happened together, and of nothing the runbook leaves out for them', async () => {
    const run = await start();
    await finish(run, 'look');
    await finish(run, 'measure');
    const [mail, ...others] = await notices(run);
    expect(others).toEqual([]);
    expect(mail).toMatchObject({ to: 'cleo@vendor.example', subject: `Told ${number}: Phase "Work" is done.` });
    await world.as(ADA, (ctx) => reopenPhase(ctx, run, { phase: 'work', reason: 'measured wrongly', role: 'lead' }));
    await world.as(BOB, (ctx) => cancelRun(ctx, run, { undo: false, reason: 'no budget', role: 'lead' }));
    const [end, ...more] = await notices(run);
    expect(more).toEqual([]);
    expect(end?.subject).toContain('and 2 more');
    expect(end?.text).toMatch(/begins anew, round 2\.\n\n- .* It is cancelled, by Bob: no budget\n/);
    expect(end?.text).toContain('because CTO, Board is informed');
  });

  it('RUN-15: of an override, with its reason', async () => {
    const run = await start();
    await finish(run, 'look');
    await finish(run, 'measure');
    await notices(run);
    const gate = { phase: 'accept', label: 'Somebody is happy', reason: 'they never are', role: 'lead' };
    await world.as(ADA, (ctx) => overrideGate(ctx, run, gate));
    expect(
      (await notices(run)).map(({ text }) => text.includes('Ada opened the gate "Somebody is happy": they never are')),
    ).toEqual([true]);
  });

  it('is told after the end as well, although the end takes every other timer of the run away', async () => {
    const run = await start();
    await world.as(BOB, (ctx) => cancelRun(ctx, run, { undo: false, reason: 'no budget', role: 'lead' }));
    const { fired } = await sweepTimers(test.database, new Date(Date.now() + 120_000));
    expect(fired).toBeGreaterThan(0);
    expect((await notices(run)).map(({ text }) => text.includes('It is cancelled, by Bob'))).toEqual([true]);
  });

  it('is there or not with the move it tells of', async () => {
    const run = await start();
    const undone = test.database.transaction('operator', async (tx) => {
      await completeTask({ tx, actor: ADA, now: new Date() }, run, { step: 'look' });
      throw new Error('the transaction failed');
    });
    await expect(undone).rejects.toThrow('the transaction failed');
    const open = await test.asSuperuser<{ subject: string }>(
      'select subject from tenantry.run_news where run_id = $1 and ended_at is null order by subject',
      [run],
    );
    expect(open.map(({ subject }) => subject)).toEqual(['look', 'measure']);
  });
});
