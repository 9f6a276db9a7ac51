import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import type { SessionEnd } from '../authentication.ts';
import { endSessionsOf } from '../sessions.ts';
import { GOOD } from '../testing/world.ts';
import { finishLogIn, openBrowser, providerWorld, startLogIn, typePassword } from './testing/provider-world.ts';

const test = await cloneDatabase();
const world = await providerWorld(test);

/** What applications were told, by the path of their address; a path may answer as a test wants. */
const told: { readonly path: string; readonly token: string }[] = [];
const answers = new Map<string, (response: ServerResponse) => void>();
const applications = createServer((request: IncomingMessage, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const path = request.url ?? '';
    told.push({ path, token: new URLSearchParams(Buffer.concat(chunks).toString()).get('logout_token') ?? '' });
    const answer = answers.get(path);
    if (answer === undefined) response.writeHead(200).end();
    else answer(response);
  });
});
await new Promise<void>((resolve) => applications.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${(applications.address() as AddressInfo).port}`;
afterAll(() => {
  applications.closeAllConnections();
  applications.close();
});

const keys = createRemoteJWKSet(new URL(`${world.idp.issuer}/jwks`));

/** An application with an address of its own. */
async function application() {
  const id = `app-${randomUUID().slice(0, 8)}`;
  const { secret } = await world.registerClient({ id, backchannelLogoutUri: `${base}/${id}` });
  return { id, path: `/${id}`, config: await world.relyingParty(id, secret) };
}

async function member() {
  const tenant = await world.makeTenant();
  const { user } = await world.makeMember(tenant);
  const credentials = { tenant: tenant.slug, email: user.email, password: GOOD.reveal() };
  const end = (reason: SessionEnd = 'revoked'): Promise<unknown> =>
    world.doing((ctx) => endSessionsOf(ctx, { tenantId: tenant.id, userId: user.id, reason }));
  return { tenant, user, credentials, end };
}

const toldTo = (path: string): readonly string[] => told.filter((each) => each.path === path).map(({ token }) => token);

describe('a session that ends', () => {
  it('is told to every application it entered, with a token of the form the standard asks for', async () => {
    const [one, two, three] = [await application(), await application(), await application()];
    const { tenant, user, credentials, end } = await member();
    const browser = openBrowser(world.publicUrl);
    const first = await startLogIn(one.config);
    const back = await typePassword(browser, first, credentials);
    const sids: unknown[] = [(await finishLogIn(one.config, first, back.location ?? '')).claims()?.sid];
    const second = await startLogIn(two.config);
    const entered = await browser.follow(await browser.get(second.url.href));
    sids.push((await finishLogIn(two.config, second, entered.location ?? '')).claims()?.sid);

    await end();
    expect(await world.idp.deliverLogOuts()).toBe(2);
    expect(toldTo(three.path)).toEqual([]);
    for (const [index, { id, path }] of [one, two].entries()) {
      const [token = ''] = toldTo(path);
      const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer: world.idp.issuer, audience: id });
      expect(protectedHeader).toMatchObject({ typ: 'logout+jwt', alg: 'RS256' });
      expect(payload).toMatchObject({
        sub: user.id,
        sid: sids[index],
        tenant_id: tenant.id,
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
        jti: expect.any(String),
      });
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(120);
      expect(payload).not.toHaveProperty('nonce');
    }
    expect(await world.idp.deliverLogOuts()).toBe(0);
  });

  it('because it merely ran out is told to nobody', async () => {
    const app = await application();
    const { credentials, end } = await member();
    await typePassword(openBrowser(world.publicUrl), await startLogIn(app.config), credentials);
    await end('idle');
    await world.idp.deliverLogOuts();
    expect(toldTo(app.path)).toEqual([]);
  });

  it('is not told when the transaction that ended it was undone', async () => {
    const app = await application();
    const { tenant, user, credentials } = await member();
    await typePassword(openBrowser(world.publicUrl), await startLogIn(app.config), credentials);
    const undone = world.doing(async (ctx) => {
      await endSessionsOf(ctx, { tenantId: tenant.id, userId: user.id, reason: 'revoked' });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await world.idp.deliverLogOuts();
    expect(toldTo(app.path)).toEqual([]);
  });
});

describe('an application that is not there', () => {
  it.each([
    ['answers 500', (response: ServerResponse) => void response.writeHead(500).end()],
    [
      'answers with a redirect',
      (response: ServerResponse) => void response.writeHead(302, { location: `${base}/elsewhere` }).end(),
    ],
    ['breaks off', (response: ServerResponse) => void response.destroy()],
  ])('%s: it is told again later, until it takes it, and others are not held up', async (_what, answer) => {
    const [down, up] = [await application(), await application()];
    const { credentials, end } = await member();
    const browser = openBrowser(world.publicUrl);
    await typePassword(browser, await startLogIn(down.config), credentials);
    await browser.follow(await browser.get((await startLogIn(up.config)).url.href));
    answers.set(down.path, answer);
    await end();
    expect(await world.idp.deliverLogOuts()).toBe(1);
    expect([toldTo(down.path).length, toldTo(up.path).length]).toEqual([1, 1]);
    // Not at once again.
    expect(await world.idp.deliverLogOuts()).toBe(0);
    expect(toldTo(down.path)).toHaveLength(1);
    answers.delete(down.path);
    world.clock.aheadMs = 2 * 60_000;
    expect(await world.idp.deliverLogOuts()).toBe(1);
    world.clock.aheadMs = 0;
    expect([toldTo(down.path).length, toldTo(up.path).length, toldTo('/elsewhere').length]).toEqual([2, 1, 0]);
  });

  it('two processes that look at the same time tell it once', async () => {
    const app = await application();
    const { credentials, end } = await member();
    await typePassword(openBrowser(world.publicUrl), await startLogIn(app.config), credentials);
    await end();
    await Promise.all(Array.from({ length: 4 }, () => world.idp.deliverLogOuts()));
    expect(toldTo(app.path)).toHaveLength(1);
  });
});

describe('somebody who logs in again', () => {
  it('as themselves: what they entered hangs on the new session, and nobody is told of an end', async () => {
    const app = await application();
    const { credentials, end } = await member();
    const browser = openBrowser(world.publicUrl);
    await typePassword(browser, await startLogIn(app.config), credentials);
    const again = await typePassword(browser, await startLogIn(app.config, { prompt: 'login' }), credentials);
    expect(again.location).toContain('code=');
    expect(await world.idp.deliverLogOuts()).toBe(0);
    await end();
    expect(await world.idp.deliverLogOuts()).toBe(2);
  });

  it('as somebody else, in the same browser: the first one is logged out everywhere, and nothing mixes', async () => {
    const app = await application();
    const [first, second] = [await member(), await member()];
    const browser = openBrowser(world.publicUrl);
    await typePassword(browser, await startLogIn(app.config), first.credentials);
    const started = await startLogIn(app.config, { tenant: second.tenant.slug });
    const back = await typePassword(browser, started, second.credentials);
    const tokens = await finishLogIn(app.config, started, back.location ?? '');
    expect(tokens.claims()).toMatchObject({ sub: second.user.id, tenant_id: second.tenant.id });
    expect(await world.idp.deliverLogOuts()).toBe(1);
    const { payload } = await jwtVerify(toldTo(app.path)[0] ?? '', keys);
    expect(payload.sub).toBe(first.user.id);
  });
});
