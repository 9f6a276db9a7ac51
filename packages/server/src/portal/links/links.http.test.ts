import { afterAll, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { openPortalWorld } from '../testing/portal-world.ts';

const test = await cloneDatabase();
const world = await openPortalWorld(test);
const acme = await world.start('acme');
afterAll(() => world.close());

const codeOf = (response: { json: () => unknown }): string => (response.json() as { code: string }).code;

describe('ROLE-08: a portal link', () => {
  it('is made for a contact of the run, mailed, opened once, and listed with who is in by it', async () => {
    const made = await world.operate('POST', `/runs/${acme.run}/portal-links`, { role: 'client_technical' });
    expect(made.statusCode).toBe(201);
    expect(made.json()).toMatchObject({
      person: { name: 'Nora Lindqvist', email: acme.email },
      roles: ['client_technical'],
      status: 'waiting',
      url: null,
      mailed_to: acme.email,
    });
    const [mail] = await world.mailsTo(acme.email, 'portal-link');
    expect(mail?.content).toMatchObject({ name: 'Nora Lindqvist', client: 'acme Ltd' });
    const browser = world.browser();
    const opened = await browser.ask('POST', '/open', { token: mail?.token });
    expect(opened.statusCode).toBe(200);
    expect(opened.headers['set-cookie']).toMatch(
      /^tenantry_portal=tps_\S+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/,
    );
    expect((await browser.overview()).me).toEqual({
      name: 'Nora Lindqvist',
      email: acme.email,
      roles: ['Technical contact'],
    });
    const { items } = (await world.operate('GET', `/runs/${acme.run}/portal-links`)).json<{ items: object[] }>();
    expect(items[0]).toMatchObject({ status: 'open', sessions: 1, made_by: 'Olive' });
  });

  it('keeps its token as a hash only, and its audit trail names who, for whom and from where', async () => {
    const { token } = await world.linkOf(acme);
    await world.browser().ask('POST', '/open', { token });
    const [stored] = await test.asSuperuser<{ n: number }>(
      `select count(*)::int as n from tenantry.portal_links where token_hash = sha256(convert_to($1, 'UTF8'))`,
      [token],
    );
    expect(stored?.n).toBe(1);
    const rows = await test.asSuperuser<{ action: string; payload: string }>(
      `select action, payload::text from tenantry.audit_log where action like 'portal.%' and run_id = $1 order by seq`,
      [acme.runId],
    );
    expect(rows.map(({ action }) => action)).toEqual(expect.arrayContaining(['portal.link_made', 'portal.opened']));
    expect(JSON.stringify(rows)).not.toContain(token.slice(4));
  });

  it('opens for one browser of two that try at once, and again in the one it opened in', async () => {
    const { token } = await world.linkOf(acme);
    const [one, other] = [world.browser(), world.browser()];
    const answers = await Promise.all([one, other].map((each) => each.ask('POST', '/open', { token })));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 410]);
    const winner = answers[0]?.statusCode === 200 ? one : other;
    expect((await winner.ask('POST', '/open', { token })).statusCode).toBe(200);
  });

  it('answers forged, used, expired and revoked with the very same words', async () => {
    const [used, expired, revoked] = [
      await world.linkOf(acme),
      await world.linkOf(acme, { days: 1 }),
      await world.linkOf(acme),
    ];
    await world.browser().ask('POST', '/open', { token: used.token });
    const revocation = await world.operate('POST', `/runs/${acme.run}/portal-links/${revoked.id}/revoke`, {
      reason: 'sent to the wrong person',
    });
    expect(revocation.json()).toMatchObject({ status: 'revoked', revoked_reason: 'sent to the wrong person' });
    world.later(25 * 60);
    const answers = [];
    for (const token of ['tpl_forged', used.token, expired.token, revoked.token]) {
      const response = await world.browser().ask('POST', '/open', { token });
      answers.push({
        status: response.statusCode,
        ...response.json<object>(),
        instance: undefined,
        request_id: undefined,
      });
    }
    expect(answers[0]).toMatchObject({ status: 410, code: 'portal.link_refused' });
    const [first] = answers;
    const told = ({ requestId: _id, ...rest }: Record<string, unknown>) =>
      JSON.stringify(rest).replaceAll(/req_[0-9a-f-]+/g, '');
    for (const answer of answers) expect(told(answer)).toBe(told(first ?? {}));
  });

  it('that is revoked ends what is open by it at once', async () => {
    const { id, token } = await world.linkOf(acme);
    const browser = world.browser();
    await browser.ask('POST', '/open', { token });
    await world.operate('POST', `/runs/${acme.run}/portal-links/${id}/revoke`, { reason: 'left the company' });
    const response = await browser.ask('GET', '/overview');
    expect([response.statusCode, codeOf(response)]).toEqual([401, 'portal.signed_out']);
  });

  it('is made for roles of the client alone, and for nobody of the vendor', async () => {
    const refusals = [
      { role: 'engineer' },
      { role: 'client_it' },
      { role: 'client_it', email: 'olive@vendor.example' },
    ];
    for (const body of refusals) {
      const response = await world.operate('POST', `/runs/${acme.run}/portal-links`, body);
      expect([response.statusCode, codeOf(response)]).toEqual([409, 'portal.person_refused']);
    }
  });
});

describe('a session of the portal', () => {
  it('ends by signing out, after a week away, and with its link', async () => {
    const [out, away, ended] = [
      await world.enter(acme),
      await world.enter(acme, { days: 90 }),
      await world.enter(acme, { days: 3 }),
    ];
    expect((await out.ask('POST', '/sign-out')).statusCode).toBe(204);
    expect((await out.ask('GET', '/overview')).statusCode).toBe(401);
    world.later(4 * 24 * 60);
    expect((await ended.ask('GET', '/overview')).statusCode).toBe(401);
    expect((await away.ask('GET', '/overview')).statusCode).toBe(200);
    world.later(8 * 24 * 60);
    expect((await away.ask('GET', '/overview')).statusCode).toBe(401);
  });

  it('is not carried over by a request that another site sends', async () => {
    const browser = await world.enter(acme);
    const response = await world.server.inject({
      method: 'POST',
      url: '/portal/api/sign-out',
      headers: { cookie: browser.cookie, 'sec-fetch-site': 'cross-site' },
    });
    expect([response.statusCode, codeOf(response)]).toEqual([403, 'access.forbidden']);
    expect((await browser.ask('GET', '/overview')).statusCode).toBe(200);
  });
});

describe('a wish for a new link', () => {
  const wish = (body: object) => world.browser().ask('POST', '/ask-for-link', body);

  it('is answered the same for everybody, and mailed only to whom a link was made for', async () => {
    const beta = await world.start('beta', 'pt-PT');
    const { token } = await world.linkOf(beta);
    world.later(10);
    const answers = [
      await wish({ token }),
      await wish({ token: 'tpl_forged' }),
      await wish({ email: 'stranger@elsewhere.example' }),
      await wish({}),
    ];
    expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
    const mails = await world.mailsTo(beta.email, 'portal-link-pt');
    expect(mails).toHaveLength(1);
    expect((await world.browser().ask('POST', '/open', { token: mails[0]?.token })).statusCode).toBe(200);
    expect(await world.mailsTo('stranger@elsewhere.example', 'portal-link')).toEqual([]);
  });

  it('asked again and again sends one mail, and none at all once an operator has revoked the link', async () => {
    const gamma = await world.start('gamma');
    const { id } = await world.linkOf(gamma);
    world.later(10);
    await wish({ email: gamma.email.toUpperCase() });
    await wish({ email: gamma.email });
    expect(await world.mailsTo(gamma.email, 'portal-link')).toHaveLength(1);
    const { items } = (await world.operate('GET', `/runs/${gamma.run}/portal-links`)).json<{
      items: { id: string }[];
    }>();
    for (const link of [{ id }, ...items]) {
      await world.operate('POST', `/runs/${gamma.run}/portal-links/${link.id}/revoke`, { reason: 'no longer with us' });
    }
    world.later(10);
    await wish({ email: gamma.email });
    expect(await world.mailsTo(gamma.email, 'portal-link')).toHaveLength(1);
  });

  it('is limited for each address, like wrong links', async () => {
    const [open, ask] = [[], []] as number[][];
    for (let n = 0; n < 24; n += 1) {
      open?.push((await world.browser().ask('POST', '/open', { token: `tpl_${n}` })).statusCode);
      if (n < 14) ask?.push((await wish({})).statusCode);
    }
    expect(open?.at(-1)).toBe(429);
    expect(ask?.at(-1)).toBe(429);
  });
});
