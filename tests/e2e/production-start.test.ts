import { randomBytes } from 'node:crypto';
import { generate } from 'otplib';
import { afterAll, expect, it } from 'vitest';
import { freePort, type Installation, startInstallation } from './installation.ts';

/** An installation as its vendor starts it, with nobody in it yet. */
let installation: Installation | undefined;

afterAll(async () => {
  await installation?.stop();
  installation?.remove();
}, 60_000);

const start = async (env: Readonly<Record<string, string>>): Promise<Installation> => {
  const { folder } = installation ?? {};
  const port = installation === undefined ? await freePort() : Number(new URL(installation.url).port);
  const args = ['--owner', 'dana@vendor.example', '--owner-name', 'Dana Fischer'];
  installation = await startInstallation({ production: true, env, args, port, ...(folder && { folder }) });
  return installation;
};

const WITH_KEY = { TENANTRY_VAULT_KEYS: `first:${randomBytes(32).toString('base64')}` };

it('CH-69: refuses to start without a vault key, and says which setting is missing', async () => {
  const refused = await start({});
  await expect(refused.printed('It keeps running')).rejects.toThrow('TENANTRY_VAULT_KEYS');
}, 60_000);

it('invites its first owner, who gets in with a password and an authenticator app, and no second one', async () => {
  const first = await start(WITH_KEY);
  await first.printed('It keeps running');
  const link = new URL(/http\S+\/operator\/invitation\S+/.exec(first.output())?.[0] ?? '');
  const token = link.searchParams.get('token') ?? '';
  expect(await (await fetch(link)).text()).toContain('Welcome, Dana Fischer');

  const send = (path: string, fields: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(new URL(path, first.url), {
      method: 'POST',
      headers: { origin: first.url },
      body: new URLSearchParams({ token, ...fields }),
    });
  const enrolment = await (await send('/operator/invitation', { password: 'seven quiet planks of oak' })).text();
  const secret = /<dt>Key<\/dt><dd><code>([A-Z2-7 ]+)/.exec(enrolment)?.[1]?.replaceAll(' ', '') ?? '';
  const accepted = await send('/operator/invitation/code', { code: await generate({ secret }) });
  expect(await accepted.text()).toContain('Keep these recovery codes');
  const cookie = accepted.headers.getSetCookie().find((each) => each.startsWith('tenantry_operator='));
  const whoami = await fetch(`${first.url}/api/v1/whoami`, { headers: { cookie: cookie?.split(';')[0] ?? '' } });
  expect(await whoami.json()).toMatchObject({ name: 'Dana Fischer', development: false });

  expect(await first.stop()).toBe(0);
  const second = await start(WITH_KEY);
  await second.printed('there is one');
}, 120_000);
