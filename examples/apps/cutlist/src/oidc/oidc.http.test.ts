import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, csrfOf } from '../testing/client.ts';
import { withClient } from '../testing/cluster.ts';
import { type FakeProvider, startFakeProvider } from '../testing/fake-provider.ts';
import { type Installation, install } from '../testing/installation.ts';
import { isUsableIssuer } from './provider.ts';

const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };

let provider: FakeProvider;
let installed: Installation;
let northId: string;
let southId: string;

beforeAll(async () => {
  provider = await startFakeProvider();
  installed = await install({ oidc: provider.settings });
  installed.now.at = new Date();
  northId = await installed.provision({ slug: 'north', users: [{ email: 'ada@north.test', role: 'admin' }] });
  southId = await installed.provision({ slug: 'south', users: [] });
});
afterAll(async () => {
  await installed.stop();
  await provider.stop();
});

const person = (overrides: Readonly<Record<string, unknown>> = {}) => ({
  sub: randomUUID(),
  sid: randomUUID(),
  email: `${randomUUID().slice(0, 8)}@north.test`,
  name: 'Mo Sawyer',
  tenant_id: northId,
  role: 'user',
  ...overrides,
});

/** Away to the provider and back; the answer is that of the callback. */
async function comeBack(
  claims: Readonly<Record<string, unknown>>,
  change: (query: URLSearchParams) => void = () => undefined,
) {
  const client = await Client.of(installed.cutlist);
  const away = await client.get('/login');
  provider.claims = claims;
  const query = new URLSearchParams(provider.consent(String(away.headers.location)));
  change(query);
  return { client, answer: await client.get(`/callback?${query}`) };
}

const usersOf = (tenantId: string) =>
  withClient(installed.database.superuserUrl, async (superuser) => {
    const { rows } = await superuser.query('select * from users where tenant_id = $1', [tenantId]);
    return rows as Record<string, unknown>[];
  });

const session = async (client: Client): Promise<number> => (await client.get('/api/session')).status;

describe('log-in through the provider', () => {
  it('asks it with PKCE, state and nonce, and passes on which tenant is meant', async () => {
    const client = await Client.of(installed.cutlist);
    const url = new URL(String((await client.get('/login?tenant=north')).headers.location));
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: 'cutlist',
      response_type: 'code',
      code_challenge_method: 'S256',
      tenant: 'north',
      redirect_uri: `${installed.cutlist.httpsUrl}/callback`,
      state: expect.stringMatching(/.{20}/),
      nonce: expect.stringMatching(/.{20}/),
    });
  });

  it('makes a row for somebody new, in the tenant the token names and with its role', async () => {
    const claims = person();
    const { client, answer } = await comeBack(claims);
    expect([answer.status, answer.headers.location]).toEqual([303, '/projects']);
    expect((await client.get('/api/session')).json()).toMatchObject({
      user: { email: claims.email, role: 'member', fullName: 'Mo Sawyer' },
      tenant: { slug: 'north' },
      mustChangePassword: false,
    });
    const made = (await usersOf(northId)).filter(({ oidc_subject }) => oidc_subject === claims.sub);
    expect(made).toHaveLength(1);
    expect(made[0]?.password_hash).toBeNull();
  });

  it('knows them again by issuer and subject when address and role have changed', async () => {
    const claims = person();
    await comeBack(claims);
    const { client } = await comeBack({ ...claims, email: 'renamed@north.test', role: 'admin' });
    expect((await client.get('/api/session')).json()).toMatchObject({
      user: { email: 'renamed@north.test', role: 'admin' },
    });
    expect((await usersOf(northId)).filter(({ oidc_subject }) => oidc_subject === claims.sub)).toHaveLength(1);
  });

  it('takes over the row the control plane made, once; a second subject with that address is refused', async () => {
    const first = await comeBack(person({ email: 'ADA@north.test', role: 'admin' }));
    expect(first.answer.status).toBe(303);
    const [ada] = (await usersOf(northId)).filter(({ email }) => email === 'ada@north.test');
    expect(ada).toMatchObject({ password_hash: null, must_change_password: false });
    const second = await comeBack(person({ email: 'ada@north.test', role: 'admin' }));
    expect(second.answer.status).toBe(409);
    expect(await session(second.client)).toBe(401);
  });

  it('the same address in another tenant is another person', async () => {
    const claims = person({ email: 'same@both.test' });
    await comeBack(claims);
    const { client } = await comeBack(person({ email: 'same@both.test', tenant_id: southId }));
    expect((await client.get('/api/session')).json()).toMatchObject({ tenant: { slug: 'south' } });
  });

  it('LIFE-33: the tenant’s status decides all the same', async () => {
    const early = await installed.provision({ slug: 'early', status: 'onboarding', users: [] });
    expect((await comeBack(person({ tenant_id: early }))).answer.status).toBe(403);
    expect((await comeBack(person({ tenant_id: early, role: 'admin' }))).answer.status).toBe(303);
    const shut = await installed.provision({ slug: 'shut', status: 'suspended', users: [] });
    const { client, answer } = await comeBack(person({ tenant_id: shut, role: 'admin' }));
    expect(answer.status).toBe(403);
    expect(await session(client)).toBe(401);
  });

  it('there is no other way in: no password form, no password API, nobody made or reset here', async () => {
    const { client } = await comeBack(person({ role: 'admin' }));
    expect((await client.logIn('north', 'ada@north.test', 'a plank of quiet oak')).status).toBe(404);
    for (const [method, path] of [
      ['GET', '/password'],
      ['POST', '/login'],
      ['POST', '/api/password'],
      ['POST', '/api/users'],
      ['POST', '/people'],
    ] as const) {
      expect([path, (await client.send(method, path, method === 'GET' ? {} : { json: {} })).status]).toEqual([
        path,
        404,
      ]);
    }
    const page = await client.get('/people');
    expect(page.text).not.toMatch(/Reset password|Add somebody|Change password/);
  });
});

describe('an answer that does not belong here', () => {
  const refused = async (
    claims: Readonly<Record<string, unknown>>,
    change?: (query: URLSearchParams) => void,
  ): Promise<void> => {
    const { client, answer } = await comeBack(claims, change);
    expect([answer.status, await session(client)]).toEqual([401, 401]);
  };

  it('state: another one, or none', async () => {
    await refused(person(), (query) => query.set('state', 'x'));
    await refused(person(), (query) => query.delete('state'));
  });

  it('iss: an answer of another provider (mix-up)', async () => {
    await refused(person(), (query) => query.set('iss', 'https://evil.example'));
    await refused(person(), (query) => query.delete('iss'));
  });

  it('nonce, audience, issuer, expiry: an ID token for something else', async () => {
    await refused(person({ nonce: 'another' }));
    await refused(person({ aud: 'another' }));
    await refused(person({ aud: ['cutlist', 'another'], azp: 'another' }));
    await refused(person({ iss: 'https://evil.example' }));
    await refused(person({ exp: 1 }));
  });

  it('a tenant that is missing, malformed or unknown here', async () => {
    for (const tenant_id of [undefined, '', 'north', "' or true --", randomUUID()])
      await refused(person({ tenant_id }));
  });

  it('a callback that nobody began, or that is sent twice from another browser', async () => {
    const stranger = await Client.of(installed.cutlist);
    const away = await (await Client.of(installed.cutlist)).get('/login');
    provider.claims = person();
    const query = provider.consent(String(away.headers.location));
    expect((await stranger.get(`/callback?${query}`)).status).toBe(401);
    expect(await session(stranger)).toBe(401);
  });

  it('group 6: a log-in that another site begins for another provider', async () => {
    const client = await Client.of(installed.cutlist);
    expect((await client.get('/login?iss=https://evil.example')).status).toBe(401);
  });
});

describe('log-out', () => {
  const tell = async (token: string) => {
    installed.now.at = new Date();
    return (await Client.of(installed.cutlist)).post('/backchannel-logout', { form: { logout_token: token } });
  };

  const logOutClaims = (overrides: Readonly<Record<string, unknown>> = {}) => {
    const seconds = Math.floor(Date.now() / 1_000);
    return {
      iss: provider.issuer,
      aud: 'cutlist',
      iat: seconds,
      exp: seconds + 120,
      jti: randomUUID(),
      events: EVENTS,
      tenant_id: northId,
      ...overrides,
    };
  };
  const signed = (claims: Readonly<Record<string, unknown>>, typ = 'logout+jwt') => provider.sign(claims, { typ });

  it('back-channel: ends the session of that sid at once, and no other of the same person', async () => {
    const claims = person();
    const [one, other] = [await comeBack(claims), await comeBack({ ...claims, sid: randomUUID() })];
    expect((await tell(await signed(logOutClaims({ sub: claims.sub, sid: claims.sid })))).status).toBe(200);
    expect([await session(one.client), await session(other.client)]).toEqual([401, 200]);
    expect((await tell(await signed(logOutClaims({ sub: claims.sub })))).status).toBe(200);
    expect(await session(other.client)).toBe(401);
  });

  it('back-channel: refuses every token that is not one of this provider for this application', async () => {
    const claims = person();
    const { client } = await comeBack(claims);
    const about = { sub: claims.sub, sid: claims.sid };
    const seconds = Math.floor(Date.now() / 1_000);
    const tokens = [
      '',
      'x.y.z',
      provider.unsigned(logOutClaims(about)),
      await provider.hmac(logOutClaims(about)),
      await signed(logOutClaims(about), 'JWT'),
      await signed(logOutClaims({ ...about, events: {} })),
      await signed(logOutClaims({ ...about, nonce: 'n' })),
      await signed(logOutClaims({ ...about, iss: 'https://evil.example' })),
      await signed(logOutClaims({ ...about, aud: 'another' })),
      await signed(logOutClaims({ ...about, exp: seconds - 60 })),
      await signed(logOutClaims({ ...about, iat: seconds - 3_600 })),
      await signed(logOutClaims({ ...about, jti: undefined })),
      await signed(logOutClaims({})),
    ];
    for (const token of tokens) expect([token, (await tell(token)).status]).toEqual([token, 400]);
    expect(await session(client)).toBe(200);
  });

  it('back-channel: a token of one tenant ends nothing in another', async () => {
    const claims = person();
    const { client } = await comeBack(claims);
    await tell(await signed(logOutClaims({ sub: claims.sub, sid: claims.sid, tenant_id: southId })));
    expect(await session(client)).toBe(200);
  });

  it('of the user goes on to the provider, with proof of who they are, and ends here with a page', async () => {
    const { client } = await comeBack(person());
    const answer = await client.post('/logout', { form: { _csrf: csrfOf(await client.get('/projects')) } });
    const url = new URL(String(answer.headers.location));
    expect(`${url.origin}${url.pathname}`).toBe(`${provider.issuer}/end`);
    expect(url.searchParams.get('id_token_hint')).toMatch(/^ey/);
    expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${installed.cutlist.httpsUrl}/logged-out`);
    expect(await session(client)).toBe(401);
    expect((await client.get('/logged-out')).text).toContain('You are logged out');
    expect(answer.headers['content-security-policy']).toContain(`form-action 'self' ${provider.issuer}`);
  });
});

describe('the address of the provider', () => {
  it.each(['https://id.example/oidc', 'http://127.0.0.1:7400/oidc', 'http://localhost:1', 'http://[::1]:1'])(
    '%s is taken',
    (issuer) => {
      expect(isUsableIssuer(issuer)).toBe(true);
    },
  );

  it.each(['http://id.example', 'http://127.0.0.1.evil.example', 'ftp://127.0.0.1', 'id.example', ''])(
    '%j is refused',
    (issuer) => {
      expect(isUsableIssuer(issuer)).toBe(false);
    },
  );
});
