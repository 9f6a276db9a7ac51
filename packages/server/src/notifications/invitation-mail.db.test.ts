import PostalMime from 'postal-mime';
import { expect, it } from 'vitest';
import { systemActor } from '../access/index.ts';
import { operatorMails } from '../accounts.ts';
import { keepingServer } from '../connectors/email/testing/mail-servers.ts';
import { closedPort } from '../connectors/kit/testing/faulty-server.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { enqueue, migrateQueue } from '../engine/index.ts';
import { acceptInvitation, type IdentityDeps, inviteUser } from '../identity/index.ts';
import { identityWorld, later, NOW, OTHER } from '../identity/testing/world.ts';
import { createOperator, disableOperator, invitationLink } from '../people/index.ts';
import { storeCutlist } from '../tenants/testing/registry.ts';
import { openSecret } from '../vault/index.ts';
import { enqueueMail, sendMail, smtpTransport } from './index.ts';

const test = await cloneDatabase();
await test.asSuperuser(`grant create on database ${test.name} to tenantry_owner`);
await migrateQueue(test.connection);
await storeCutlist(test.database);
const world = identityWorld(test);
const deps: IdentityDeps = { ...world.deps, enqueueMail, enqueueJobs: enqueue };
const DAY = 24 * 60 * 60_000;

const sendAll = async (port: number, now: Date): Promise<void> => {
  const transport = smtpTransport({ host: '127.0.0.1', port, from: 'no-reply@vendor.example' });
  const waiting = await test.asSuperuser<{ id: string }>(
    "select id from tenantry.mail_outbox where status = 'waiting'",
  );
  for (const { id } of waiting) {
    await sendMail(
      {
        database: test.database,
        transport,
        now: () => now,
        openLink: (ctx, ref, tenantId) =>
          openSecret({ ...ctx, keyring: deps.keyring }, ref, {
            purpose: 'send a mail',
            ...(tenantId === null ? {} : { within: { tenantId } }),
          }),
      },
      id,
    );
  }
};

it('an operator’s invitation waits while the mail server is down, and goes out when it is back, unless it has ended', async () => {
  const operators = { publicUrl: 'https://tenantry.example', mails: operatorMails(deps.keyring) };
  const invite = (name: string) => {
    const wish = { name, email: `${name}@vendor.example`, grants: [{ role: 'engineer' as const }] };
    return world.doing((ctx) => createOperator(ctx, operators, wish), systemActor('test'));
  };
  const [dana, lee] = [await invite('dana'), await invite('lee')];
  await sendAll(await closedPort(), NOW);
  await world.doing(
    (ctx) => disableOperator(ctx, operators.mails, { personId: lee.id, reason: 'left' }),
    systemActor('test'),
  );
  const kept: string[] = [];
  await using server = await keepingServer(kept);
  await sendAll(server.port, later(DAY));
  const mails = await Promise.all(kept.map((one) => PostalMime.parse(one)));
  expect(mails.map(({ to }) => to?.[0]?.address)).toEqual(['dana@vendor.example']);
  expect(mails[0]?.text).toContain(invitationLink(operators.publicUrl, dana.invitation).reveal());
  const rows = await test.asSuperuser<{ recipient: string; status: string; content: object }>(
    'select recipient, status, content from tenantry.mail_outbox order by recipient',
  );
  expect(rows.map(({ recipient, status }) => [recipient, status])).toEqual([
    ['dana@vendor.example', 'sent'],
    ['lee@vendor.example', 'withdrawn'],
  ]);
  expect(JSON.stringify(rows)).not.toContain(dana.invitation.token.reveal());
});

it('IDN-06: an invitation waits while the mail server is down, goes out when it is back, and is accepted', async () => {
  const tenant = await world.makeTenant();
  const invitation = { tenantId: tenant.id, email: 'new@acme.example', fullName: 'Nora', role: 'user' };
  await world.doing((ctx) => inviteUser(ctx, deps, invitation));
  const nobody = await closedPort();
  await sendAll(nobody, NOW);
  await sendAll(nobody, later(DAY));
  const kept: string[] = [];
  await using server = await keepingServer(kept);
  await sendAll(server.port, later(3 * DAY));
  expect(kept).toHaveLength(1);
  const { text = '' } = await PostalMime.parse(kept[0] ?? '');
  const token = /invite#(\S+)/.exec(text)?.[1] ?? '';
  await acceptInvitation(deps, { token, password: OTHER, now: later(3 * DAY) });
  expect(await world.tryLogIn(tenant, 'new@acme.example', OTHER, { now: later(3 * DAY) })).toMatchObject({
    outcome: 'accepted',
  });
});
