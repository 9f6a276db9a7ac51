import { randomUUID } from 'node:crypto';
import { isTenantryError, type TenantryError } from '@tenantry/contract';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Actor, type Ctx, type PersonActor, SCOPES, systemActor } from '../../access/index.ts';
import { cloneDatabase } from '../../db/testing/index.ts';
import {
  createFirstOwner,
  createKey,
  createOperator,
  createPerson,
  disableOperator,
  invitationLink,
  keyAuthenticator,
  linkIdentity,
  listOperators,
  type NewGrant,
  openSession,
  reinviteOperator,
  STALE_MS,
  setGrants,
  setOperatorEmail,
} from '../index.ts';
import { keptMails } from '../testing/kept-mails.ts';

const { database, asSuperuser } = await cloneDatabase();
const outbox = keptMails();
const SETUP = systemActor('setup');
let now = new Date('2026-11-20T09:00:00Z');
let serial = 0;
beforeEach(async () => {
  now = new Date('2026-11-20T09:00:00Z');
  await asSuperuser('delete from tenantry.grants');
});

const as = <T>(actor: Actor, fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
  database.transaction('operator', (tx) => fn({ tx, actor, now }));

/** A person of the vendor with these grants, as their own key would make them. */
async function operator(...grants: readonly NewGrant[]): Promise<PersonActor> {
  serial += 1;
  const [name, email] = [`Person ${serial}`, `person${serial}@vendor.example`];
  const { id } = await as(SETUP, (ctx) => createOperator(ctx, outbox, { name, email, grants: [...grants] }));
  return { kind: 'person', id, name, email, party: 'vendor', roles: [], scopes: SCOPES, development: false };
}

const OWNER: NewGrant = { role: 'owner' };
const ENGINEER: NewGrant = { role: 'engineer' };
const reason = 'moves on';

async function refusal(work: Promise<unknown>): Promise<TenantryError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isTenantryError(error)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
}

const auditOf = (id: string) =>
  asSuperuser<{ action: string; payload: { reason?: string; detail: unknown } }>(
    'select action, payload from tenantry.audit_log where subject_id = $1 order by seq',
    [id],
  );

const owners = async (): Promise<readonly string[]> =>
  (
    await asSuperuser<{ id: string }>(
      `select p.id from tenantry.grants g join tenantry.people p on p.id = g.person_id
       where g.role = 'owner' and p.disabled_at is null`,
    )
  ).map(({ id }) => id);

async function scopesOf(key: string): Promise<readonly string[] | undefined> {
  const authenticator = keyAuthenticator({ database, now: () => now });
  const actor = await authenticator.authenticate(key);
  await authenticator.close();
  return actor?.scopes;
}

describe('createOperator', () => {
  it('invites a person with their roles, and audits it without the token of the link', async () => {
    const owner = await operator(OWNER);
    const { id, invitation } = await as(owner, (ctx) =>
      createOperator(ctx, outbox, { name: 'Nia', email: 'nia@vendor.example', roles: ['cto'], grants: [ENGINEER] }),
    );
    const listed = await as(owner, (ctx) => listOperators(ctx, { limit: 500 }));
    expect(listed.find((each) => each.id === id)).toMatchObject({
      roles: ['cto'],
      grants: [{ role: 'engineer', productId: null, clientId: null, source: 'person', grantedBy: owner.name }],
    });
    const rows = await auditOf(id);
    expect(rows.map(({ action }) => action)).toEqual(['person.created', 'operator.invited']);
    const everything = await asSuperuser('select * from tenantry.operator_invitations where person_id = $1', [id]);
    expect(JSON.stringify([rows, everything])).not.toContain(invitation.token.reveal());
  });

  it('mails the person the link that the inviter is shown, in the name of the inviter', async () => {
    const owner = await operator(OWNER);
    const { id, invitation } = await as(owner, (ctx) =>
      createOperator(ctx, outbox, { name: 'Mia', email: 'mia@vendor.example', grants: [ENGINEER] }),
    );
    const mail = outbox.sent.at(-1);
    expect(mail).toMatchObject({
      template: 'operator-invitation',
      person: { id, email: 'mia@vendor.example' },
      values: { inviter: owner.name },
      link: { expiresAt: invitation.expiresAt },
    });
    expect(mail?.link?.url.reveal()).toBe(invitationLink(outbox.publicUrl, invitation).reveal());
  });

  it('takes a mail that waits back when its invitation ends by a newer one or with the person', async () => {
    const owner = await operator(OWNER);
    const { id } = await as(owner, (ctx) =>
      createOperator(ctx, outbox, { name: 'Noa', email: 'noa@vendor.example', grants: [ENGINEER] }),
    );
    const first = outbox.sent.at(-1)?.key;
    await as(owner, (ctx) => reinviteOperator(ctx, outbox, { personId: id, reason }));
    const second = outbox.sent.at(-1)?.key;
    expect(outbox.withdrawn).toContain(first);
    await as(owner, (ctx) => disableOperator(ctx, outbox.mails, { personId: id, reason }));
    expect(outbox.withdrawn).toContain(second);
  });

  it('refuses whoever is no owner at this moment, whatever their key says', async () => {
    await operator(OWNER);
    const engineer = await operator(ENGINEER);
    const invite = (actor: Actor) =>
      as(actor, (ctx) => createOperator(ctx, outbox, { name: 'X', email: 'x@vendor.example', grants: [ENGINEER] }));
    for (const actor of [engineer, { ...engineer, scopes: [] }, { kind: 'run', runId: 'r', stepId: 's' } as const]) {
      expect((await refusal(invite(actor))).code).toBe('access.forbidden');
    }
  });

  it('limits no owner, and names a product or client that is not there', async () => {
    const owner = await operator(OWNER);
    const invite = (grant: NewGrant) =>
      as(owner, (ctx) => createOperator(ctx, outbox, { name: 'X', email: 'x@vendor.example', grants: [grant] }));
    expect((await refusal(invite({ role: 'owner', productId: 'cutlist' }))).code).toBe('request.invalid');
    expect((await refusal(invite({ role: 'sales', productId: 'nowhere' }))).faults[0]?.path).toBe('grants.0.productId');
    expect((await refusal(invite({ role: 'sales', expiresAt: now }))).faults[0]?.path).toBe('grants.0.expiresAt');
    expect(await owners()).toEqual([owner.id]);
  });

  it('makes a first owner, and no other once that one can get in', async () => {
    const first = { name: 'First', email: 'first@vendor.example' };
    const ask = (email = first.email) => as(SETUP, (ctx) => createFirstOwner(ctx, outbox, { ...first, email }));
    const made = await ask();
    // The link was lost, or had expired: the same person gets another.
    expect(await ask('First@vendor.example')).toMatchObject({ id: made?.id });
    // The address was misspelt, and nobody can follow the link.
    const second = await ask('right@vendor.example');
    expect(second?.id).not.toBe(made?.id);
    await as(SETUP, (ctx) => createKey(ctx, { personId: second?.id ?? '', name: 'k', scopes: ['runs:read'] }));
    expect(await ask()).toBeUndefined();
    expect(await ask('other@vendor.example')).toBeUndefined();
  });
});

describe('setGrants', () => {
  it('changes what a key may do within a second, and audits what was and what is', async () => {
    const [owner, person] = [await operator(OWNER), await operator(ENGINEER)];
    const { key } = await as(SETUP, (ctx) =>
      createKey(ctx, { personId: person.id, name: 'k', scopes: ['tenants:write', 'runs:read'] }),
    );
    expect(await scopesOf(key)).toEqual(['tenants:write', 'runs:read']);
    await as(owner, (ctx) => setGrants(ctx, { personId: person.id, grants: [{ role: 'auditor' }], reason }));
    now = new Date(now.getTime() + STALE_MS);
    expect(await scopesOf(key)).toEqual(['runs:read']);
    expect((await auditOf(person.id)).at(-1)).toMatchObject({
      action: 'operator.granted',
      payload: { reason, detail: { from: { grants: [{ role: 'engineer' }] }, to: { grants: [{ role: 'auditor' }] } } },
    });
  });

  it('gives no key more than its person’s roles, and nothing more when a role ends by time', async () => {
    const owner = await operator(OWNER);
    const person = await operator({ role: 'sales', expiresAt: new Date(now.getTime() + 60_000) });
    const beyond = { personId: person.id, name: 'k', scopes: ['vault:reveal' as const] };
    expect(await refusal(as(owner, (ctx) => createKey(ctx, beyond)))).toMatchObject({ code: 'access.forbidden' });
    const { key } = await as(owner, (ctx) => createKey(ctx, { ...beyond, scopes: ['runs:read'] }));
    expect(await scopesOf(key)).toEqual(['runs:read']);
    now = new Date(now.getTime() + 60_000);
    expect(await scopesOf(key)).toEqual([]);
  });

  it('refuses to change one’s own role, in any direction', async () => {
    const [owner] = [await operator(OWNER), await operator(OWNER)];
    const own = (grants: readonly NewGrant[]) =>
      as(owner, (ctx) => setGrants(ctx, { personId: owner.id, grants: [...grants], reason }));
    expect((await refusal(own([ENGINEER]))).code).toBe('access.own_role');
    expect((await refusal(own([OWNER, ENGINEER]))).code).toBe('access.own_role');
    expect(
      (await refusal(as(owner, (ctx) => disableOperator(ctx, outbox.mails, { personId: owner.id, reason })))).code,
    ).toBe('access.own_role');
    expect(
      (await refusal(as(owner, (ctx) => reinviteOperator(ctx, outbox, { personId: owner.id, reason })))).code,
    ).toBe('access.own_role');
  });

  it('keeps the last owner, even from the machinery, and takes no expiring one for one', async () => {
    const [owner] = [await operator(OWNER), await operator({ role: 'owner', expiresAt: new Date('2027-01-01') })];
    const demote = as(SETUP, (ctx) => setGrants(ctx, { personId: owner.id, grants: [ENGINEER], reason }));
    expect((await refusal(demote)).code).toBe('access.last_owner');
    const disable = as(SETUP, (ctx) => disableOperator(ctx, outbox.mails, { personId: owner.id, reason }));
    expect((await refusal(disable)).code).toBe('access.last_owner');
    expect(await owners()).toContain(owner.id);
  });

  it('leaves one of two owners who remove each other at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      await asSuperuser('delete from tenantry.grants');
      const [a, b] = [await operator(OWNER), await operator(OWNER)];
      const demote = (by: PersonActor, whom: PersonActor) =>
        as(by, (ctx) => setGrants(ctx, { personId: whom.id, grants: [ENGINEER], reason }));
      const disable = (by: PersonActor, whom: PersonActor) =>
        as(by, (ctx) => disableOperator(ctx, outbox.mails, { personId: whom.id, reason }));
      const results = await Promise.allSettled([demote(a, b), disable(b, a)]);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await owners()).toHaveLength(1);
    }
  });

  it('does not take a development identity for an owner where a real one is the last', async () => {
    const [owner, stand] = [await operator(OWNER), await operator(OWNER)];
    await asSuperuser('update tenantry.people set development = true where id = $1', [stand.id]);
    const demote = as(SETUP, (ctx) => setGrants(ctx, { personId: owner.id, grants: [ENGINEER], reason }));
    expect((await refusal(demote)).code).toBe('access.last_owner');
  });

  it('knows no people of clients', async () => {
    const owner = await operator(OWNER);
    await asSuperuser(
      `insert into tenantry.clients (id, reference, legal_name) values ($1, 'c', 'c') on conflict do nothing`,
      [CLIENT],
    );
    const { id } = await as(SETUP, (ctx) =>
      createPerson(ctx, { name: 'Carl', email: `carl${serial}@c.example`, party: 'client', clientId: CLIENT }),
    );
    const grant = as(owner, (ctx) => setGrants(ctx, { personId: id, grants: [OWNER], reason }));
    expect((await refusal(grant)).code).toBe('access.person_not_found');
  });
});

const CLIENT = '7d9f3b52-0c35-4c43-a1c0-b5d1c1a0e7f1';

describe('disableOperator', () => {
  it('ends keys, sessions and invitations at once, once, with the reason', async () => {
    const [owner, person] = [await operator(OWNER), await operator(ENGINEER)];
    const { key } = await as(SETUP, (ctx) => createKey(ctx, { personId: person.id, name: 'k', scopes: ['runs:read'] }));
    const session = await as(SETUP, (ctx) =>
      openSession(ctx, { personId: person.id, amr: ['idp'], address: '192.0.2.1', userAgent: 'test' }),
    );
    const authenticator = keyAuthenticator({ database, now: () => now });
    expect(await authenticator.authenticate(key)).toBeDefined();
    expect(await authenticator.authenticate(session.token.reveal())).toMatchObject({ sessionId: session.id });
    await as(owner, (ctx) => disableOperator(ctx, outbox.mails, { personId: person.id, reason }));
    await as(owner, (ctx) => disableOperator(ctx, outbox.mails, { personId: person.id, reason: 'again' }));
    now = new Date(now.getTime() + STALE_MS);
    expect(await authenticator.authenticate(key)).toBeUndefined();
    expect(await authenticator.authenticate(session.token.reveal())).toBeUndefined();
    await authenticator.close();
    const rows = (await auditOf(person.id)).filter(({ action }) => action === 'operator.disabled');
    expect(rows).toMatchObject([{ payload: { reason, detail: { keys: 1, sessions: 1 } } }]);
  });
});

describe('setOperatorEmail', () => {
  const set = (actor: Actor, personId: string, email: string) =>
    as(actor, (ctx) => setOperatorEmail(ctx, outbox.mails, { personId, email, reason }));

  it('gives a person another address: sessions and invitations end, both addresses are told, the reason is kept', async () => {
    const [owner, person] = [await operator(OWNER), await operator(ENGINEER)];
    const invited = outbox.sent.at(-1)?.key;
    const { token } = await as(SETUP, (ctx) =>
      openSession(ctx, { personId: person.id, amr: ['idp'], address: '192.0.2.1', userAgent: 'test' }),
    );
    const { key } = await as(SETUP, (ctx) => createKey(ctx, { personId: person.id, name: 'k', scopes: ['runs:read'] }));
    const sent = outbox.sent.length;
    await set(owner, person.id, 'moved@vendor.example');
    const authenticator = keyAuthenticator({ database, now: () => now });
    expect(await authenticator.authenticate(token.reveal())).toBeUndefined();
    expect(await authenticator.authenticate(key)).toMatchObject({ email: 'moved@vendor.example' });
    await authenticator.close();
    expect(outbox.withdrawn).toContain(invited);
    expect(outbox.sent.slice(sent).map(({ template, person: { email } }) => [template, email])).toEqual([
      ['operator-email-changed', person.email],
      ['operator-email-changed', 'moved@vendor.example'],
    ]);
    expect((await auditOf(person.id)).at(-1)).toMatchObject({
      action: 'operator.email_changed',
      payload: { reason, detail: { from: person.email, to: 'moved@vendor.example', sessions: 1, invitations: 1 } },
    });
  });

  it('is an owner’s to do, to people of the vendor, and gives no address twice', async () => {
    const [owner, engineer] = [await operator(OWNER), await operator(ENGINEER)];
    expect((await refusal(set(engineer, owner.id, 'mine@vendor.example'))).code).toBe('access.forbidden');
    expect((await refusal(set(owner, engineer.id, owner.email.toUpperCase()))).code).toBe('access.email_taken');
    expect((await refusal(set(owner, engineer.id, 'nothing'))).code).toBe('request.invalid');
    expect((await refusal(set(owner, randomUUID(), 'x@vendor.example'))).code).toBe('access.person_not_found');
  });
});

describe('a session', () => {
  const sessionOf = async (personId: string) =>
    (
      await as(SETUP, (ctx) => openSession(ctx, { personId, amr: ['idp'], address: '192.0.2.1', userAgent: 'test' }))
    ).token.reveal();
  const later = (ms: number): Date => new Date(now.getTime() + ms);

  it('CH-10: ends after 30 minutes without use, and after 12 hours whatever its use', async () => {
    const person = await operator(ENGINEER);
    const token = await sessionOf(person.id);
    const authenticator = keyAuthenticator({ database, now: () => now });
    for (let minutes = 0; minutes < 12 * 60 - 29; minutes += 29) {
      expect(await authenticator.authenticate(token)).toMatchObject({ id: person.id });
      now = later(29 * 60_000);
    }
    expect(await authenticator.authenticate(token)).toBeDefined();
    now = later(12 * 60 * 60_000 - (now.getTime() - Date.parse('2026-11-20T09:00:00Z')));
    expect(await authenticator.authenticate(token)).toBeUndefined();
    const idle = await sessionOf(person.id);
    now = later(30 * 60_000);
    expect(await authenticator.authenticate(idle)).toBeUndefined();
    await authenticator.close();
  });

  it('is kept as a hash only', async () => {
    const token = await sessionOf((await operator(ENGINEER)).id);
    expect(JSON.stringify(await asSuperuser('select * from tenantry.operator_sessions'))).not.toContain(token.slice(4));
  });
});

describe('linkIdentity', () => {
  it('links an account of the provider to one person, and to no second', async () => {
    const [owner, a, b] = [await operator(OWNER), await operator(ENGINEER), await operator(ENGINEER)];
    const link = (personId: string) =>
      as(owner, (ctx) => linkIdentity(ctx, { personId, issuer: 'https://idp.vendor.example', subject: 's1' }));
    await link(a.id);
    expect((await refusal(link(b.id))).code).toBe('access.email_taken');
    expect((await auditOf(a.id)).at(-1)).toMatchObject({ action: 'operator.identity_linked' });
  });
});
