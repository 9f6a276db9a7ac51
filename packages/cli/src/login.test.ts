import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLoopback } from './loopback.ts';
import { cli, scratchFolder } from './testing/cli.ts';
import { refusal, startFakeControlPlane } from './testing/fake-control-plane.ts';
import { addLogin, readUserFile } from './user-file.ts';

const KEY = `tnt_abcdefgh_${'k'.repeat(43)}`;
const made = {
  schema: 'tenantry.cli-key/1',
  key: KEY,
  key_id: 'key_1',
  name: 'Dana',
  email: 'dana@vendor.example',
  expires_at: '2026-12-20T08:00:00.000Z',
};

/** Plays the browser and the control plane's page: brings a code to the address the command waits at. */
async function agree(stderrAddress: string): Promise<{ challenge: string }> {
  const asked = new URL(stderrAddress).searchParams;
  const answer = new URLSearchParams({ code: 'c'.repeat(43), state: asked.get('state') ?? '' });
  const response = await fetch(`http://127.0.0.1:${asked.get('port')}/?${answer.toString()}`);
  expect(response.status).toBe(200);
  return { challenge: asked.get('challenge') ?? '' };
}

describe('openLoopback', () => {
  it('takes the code of the sign-in it started, and of no other page', async () => {
    const loopback = await openLoopback({ url: 'https://t.example', name: 'laptop' });
    const asked = new URL(loopback.address);
    const at = `http://127.0.0.1:${asked.searchParams.get('port')}`;
    expect((await fetch(`${at}/?code=evil&state=guess`)).status).toBe(400);
    expect((await fetch(`${at}/?code=evil`)).status).toBe(400);
    const { challenge } = await agree(loopback.address);
    expect(await loopback.code).toBe('c'.repeat(43));
    expect(createHash('sha256').update(loopback.verifier).digest('base64url')).toBe(challenge);
    loopback.close();
  });

  it('gives up when nobody comes', async () => {
    const loopback = await openLoopback({ url: 'https://t.example', name: 'laptop', waitMs: 1 });
    await expect(loopback.code).rejects.toMatchObject({ code: 'command.unreachable' });
    loopback.close();
  });
});

describe('tenantry login and logout', () => {
  it('keeps the key in a file that only its owner reads, uses it from then on, and revokes it', async () => {
    const plane = await startFakeControlPlane();
    const home = await scratchFolder();
    const env = { XDG_CONFIG_HOME: home };
    const file = join(home, 'tenantry', 'logins.json');
    plane.handlers.set('POST /api/v1/sign-in/cli-code', () => made);
    plane.handlers.set('GET /api/v1/platform-roles', () => ({ items: [] }));
    plane.handlers.set('DELETE /api/v1/keys/key_1', () => ({}));

    const result = await signIn(plane.url, env);
    expect(result).toMatchObject({ code: 0, json: expect.any(Function) });
    expect(`${result.stdout}${result.stderr}`).not.toContain(KEY);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readUserFile(file)).toMatchObject({ current: plane.url, logins: [{ url: plane.url, key: KEY }] });

    expect((await cli(['operator', 'roles'], { env, cwd: home })).code).toBe(0);
    expect(plane.received.at(-1)?.headers.authorization).toBe(`Bearer ${KEY}`);

    expect((await cli(['logout'], { env, cwd: home })).code).toBe(0);
    expect(plane.received.at(-1)).toMatchObject({ method: 'DELETE', path: '/api/v1/keys/key_1' });
    expect(readFileSync(file, 'utf8')).not.toContain(KEY);
    expect((await cli(['logout'], { env, cwd: home })).code).toBe(2);
  });

  it('sends the verifier of its challenge, and keeps nothing when the code is refused', async () => {
    const plane = await startFakeControlPlane();
    const env = { XDG_CONFIG_HOME: await scratchFolder() };
    plane.handlers.set('POST /api/v1/sign-in/cli-code', () => {
      throw refusal('access.sign_in_refused', 'The code is over.');
    });
    expect((await signIn(plane.url, env)).code).toBe(65);
    expect(plane.received.at(-1)?.body).toEqual({
      code: 'c'.repeat(43),
      verifier: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(readUserFile(join(env.XDG_CONFIG_HOME, 'tenantry', 'logins.json')).logins).toEqual([]);
  });

  it('never sends a kept key to an address that somebody names', async () => {
    const [home, other] = [await scratchFolder(), await startFakeControlPlane()];
    const { schema: _schema, ...login } = made;
    addLogin(join(home, 'tenantry', 'logins.json'), { url: 'https://t.example', ...login });
    const result = await cli(['operator', 'roles', '--url', other.url], { env: { XDG_CONFIG_HOME: home }, cwd: home });
    expect([result.code, other.received]).toEqual([2, []]);
  });

  it('forgets a key that was revoked already', async () => {
    const [home, plane] = [await scratchFolder(), await startFakeControlPlane()];
    const { schema: _schema, ...login } = made;
    addLogin(join(home, 'tenantry', 'logins.json'), { url: plane.url, ...login });
    plane.handlers.set('DELETE /api/v1/keys/key_1', () => {
      throw refusal('access.unauthenticated', 'No such key.');
    });
    expect((await cli(['logout'], { env: { XDG_CONFIG_HOME: home }, cwd: home })).code).toBe(0);
  });
});

/** Runs the command, and answers it as soon as it has said where to go. */
async function signIn(url: string, env: Readonly<Record<string, string>>) {
  let say: (address: string) => void = () => undefined;
  const address = new Promise<string>((resolve) => {
    say = resolve;
  });
  const running = cli(['login', '--url', url, '--no-browser'], {
    env,
    onErr: (text) => {
      const found = /https?:\/\/\S+\/operator\/cli\?\S+/.exec(text)?.[0];
      if (found !== undefined) say(found);
    },
  });
  await agree(await address);
  return running;
}
