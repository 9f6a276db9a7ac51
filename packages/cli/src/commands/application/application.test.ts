import { describe, expect, it } from 'vitest';
import { cli } from '../../testing/cli.ts';
import { startFakeControlPlane } from '../../testing/fake-control-plane.ts';

const application = {
  id: 'cutlist',
  product: 'cutlist',
  name: 'Cutlist',
  public: false,
  issuer: 'https://t.example/oidc',
  redirect_uris: ['https://app.example/callback'],
  post_logout_redirect_uris: [],
  backchannel_logout_uri: null,
  trusted_ca: null,
  login_uri: null,
  resource: null,
  signing_alg: 'RS256',
  tenant_label: 'Organisation',
  first_party: true,
  created_at: '2026-11-20T08:00:00.000Z',
  updated_at: '2026-11-20T08:00:00.000Z',
  disabled_at: null,
};
const SECRET = 'a-secret-of-the-provider';
const REGISTER = ['application', 'register', 'cutlist', '--product', 'cutlist', '--name', 'Cutlist'];
const REDIRECT = ['--redirect', 'https://app.example/callback'];

async function connected() {
  const plane = await startFakeControlPlane();
  const run = (...argv: readonly string[]) => cli([...argv, '--url', plane.url, '--key', 'tnt_x']);
  return { plane, run };
}

describe('application register', () => {
  it('prints what the application needs on stdout, and says beside it that the secret is shown once', async () => {
    const { plane, run } = await connected();
    plane.handlers.set('POST /api/v1/applications', () => ({ ...application, client_secret: SECRET }));
    const { code, stdout, stderr } = await run(...REGISTER, ...REDIRECT);
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['issuer', 'https://t.example/oidc'],
      ['client id', 'cutlist'],
      ['client secret', SECRET],
      ['redirect address', 'https://app.example/callback'],
      [''],
    ]);
    expect(stderr).toContain('only time');
    expect(stderr).not.toContain(SECRET);
    expect(plane.received.at(-1)?.body).toEqual({
      id: 'cutlist',
      product: 'cutlist',
      name: 'Cutlist',
      public: false,
      redirect_uris: ['https://app.example/callback'],
    });
  });

  it('sends every option by the name the API has for it', async () => {
    const { plane, run } = await connected();
    plane.handlers.set('POST /api/v1/applications', () => ({ ...application, public: true }));
    const more = ['--redirect', 'https://b.example/', '--public', '--first-party', 'no', '--signing-alg', 'ES256'];
    const addresses = ['--backchannel-logout', 'https://app.example/out', '--login', 'https://app.example/login'];
    const rest = ['--audience', 'https://api.app.example', '--post-logout-redirect', 'https://app.example/bye'];
    const { code, stdout } = await run(
      ...REGISTER,
      ...REDIRECT,
      ...more,
      ...addresses,
      ...rest,
      '--tenant-label',
      'Shop',
    );
    expect([code, stdout]).toEqual([0, expect.not.stringContaining('client secret')]);
    expect(plane.received.at(-1)?.body).toMatchObject({
      public: true,
      redirect_uris: ['https://app.example/callback', 'https://b.example/'],
      post_logout_redirect_uris: ['https://app.example/bye'],
      backchannel_logout_uri: 'https://app.example/out',
      login_uri: 'https://app.example/login',
      resource: 'https://api.app.example',
      signing_alg: 'ES256',
      tenant_label: 'Shop',
      first_party: false,
    });
  });

  it('an answer that lost its secret on the way says how to get another', async () => {
    const { plane, run } = await connected();
    plane.handlers.set('POST /api/v1/applications', () => application);
    const { code, stdout, stderr } = await run(...REGISTER, ...REDIRECT);
    expect(code).not.toBe(0);
    expect([stdout, stderr]).toEqual(['', expect.stringContaining('application rotate-secret cutlist')]);
  });
});

describe('application rotate-secret', () => {
  it('prints the new secret and until when the one before is good', async () => {
    const { plane, run } = await connected();
    const until = '2026-11-21T08:00:00.000Z';
    plane.handlers.set('POST /api/v1/applications/cutlist/secret', () => ({
      ...application,
      client_secret: SECRET,
      old_secret_until: until,
    }));
    const { stdout, stderr } = await run('application', 'rotate-secret', 'cutlist');
    expect(stdout).toContain(SECRET);
    expect(stderr).toContain(`good until ${until}`);
    expect((await run('application', 'rotate-secret', 'cutlist', '-o', 'json')).json()).toMatchObject({
      schema: 'tenantry.application-secret/1',
      client_secret: SECRET,
    });
  });
});

describe('application change, list and disable', () => {
  it('sends what is named, and null for what is cleared', async () => {
    const { plane, run } = await connected();
    plane.handlers.set('PATCH /api/v1/applications/cutlist', () => application);
    const cleared = ['--clear', 'backchannel-logout', 'post-logout-redirect'];
    const { code } = await run('application', 'change', 'cutlist', '--name', 'Cutlist', ...cleared);
    expect(code).toBe(0);
    const { body, headers } = plane.received.at(-1) ?? expect.fail('nothing was sent');
    expect(body).toEqual({ name: 'Cutlist', backchannel_logout_uri: null, post_logout_redirect_uris: [] });
    expect(headers['idempotency-key']).toEqual(expect.any(String));
    expect((await run('application', 'change', 'cutlist')).stderr).toContain('Nothing is named');
  });

  it('lists applications, and disables one with a reason, and enables it again', async () => {
    const { plane, run } = await connected();
    plane.handlers.set('GET /api/v1/applications', () => ({ items: [application], next_cursor: null }));
    expect((await run('application', 'list')).stdout).toContain('https://app.example/callback');
    const disabled = { ...application, disabled_at: application.created_at };
    plane.handlers.set('POST /api/v1/applications/cutlist/disable', () => disabled);
    const { stdout } = await run('application', 'disable', 'cutlist', '--reason', 'shut down');
    expect(stdout).toContain('is disabled');
    expect(plane.received.at(-1)?.body).toEqual({ reason: 'shut down' });
    plane.handlers.set('POST /api/v1/applications/cutlist/enable', () => application);
    expect((await run('application', 'enable', 'cutlist', '--reason', 'mended')).stdout).toContain('is enabled');
    expect(plane.received.at(-1)?.body).toEqual({ reason: 'mended' });
  });
});
