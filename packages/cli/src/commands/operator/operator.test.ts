import { describe, expect, it } from 'vitest';
import { cli } from '../../testing/cli.ts';
import { refusal, startFakeControlPlane } from '../../testing/fake-control-plane.ts';

const ID = 'person_1f0c0c7e-0000-4000-8000-000000000001';
const operator = {
  id: ID,
  name: 'Nia',
  email: 'nia@vendor.example',
  roles: ['cto'],
  grants: [
    {
      role: 'engineer',
      product: 'cutlist',
      client_id: null,
      source: 'person',
      granted_by: 'Dana',
      at: '2026-11-20T08:00:00.000Z',
      expires_at: null,
    },
  ],
  development: false,
  created_at: '2026-11-20T08:00:00.000Z',
  disabled_at: null,
  signed_in_at: null,
};
const access = {
  id: 'support_1',
  tenant_id: '7d444840-9dc0-41d4-a716-446655440000',
  tenant_slug: 'acme',
  person_id: ID,
  person: 'Sue',
  reason: 'Invoices do not open.',
  hours: 4,
  status: 'asked',
  asked_at: '2026-11-20T08:00:00.000Z',
  granted_by: null,
  from: null,
  until: null,
  ended_at: null,
  ended_by: null,
  ended_reason: null,
};

async function connected() {
  const plane = await startFakeControlPlane();
  const run = (...argv: readonly string[]) => cli([...argv, '--url', plane.url, '--key', 'tnt_x']);
  return { plane, run };
}

describe('operator', () => {
  it('lists people with what they may do', async () => {
    const { plane, run } = await connected();
    plane.handlers.set('GET /api/v1/operators', () => ({ items: [operator], next_cursor: null }));
    const { code, stdout } = await run('operator', 'list');
    expect(code).toBe(0);
    expect(stdout).toContain('engineer@cutlist');
    expect((await run('operator', 'list', '-o', 'json')).json()).toMatchObject({ schema: 'tenantry.operators/1' });
  });

  it('invites with several roles, and prints the link alone on stdout', async () => {
    const { plane, run } = await connected();
    const invited = {
      id: ID,
      invitation_url: 'https://t.example/operator/invitation?token=x',
      expires_at: operator.created_at,
    };
    plane.handlers.set('POST /api/v1/operators', () => invited);
    const roles = ['--role', 'sales', '--role', 'engineer@cutlist', '--runbook-role', 'cto'];
    const result = await run('operator', 'invite', 'Nia', '--email', 'nia@vendor.example', ...roles);
    expect(result.stdout).toBe(`${invited.invitation_url}\n`);
    expect(plane.received.at(-1)?.body).toEqual({
      name: 'Nia',
      email: 'nia@vendor.example',
      roles: ['cto'],
      grants: [{ role: 'sales' }, { role: 'engineer', product: 'cutlist' }],
    });
  });

  it('invites again for a reason, and says how to get the link that was lost on the way', async () => {
    const { plane, run } = await connected();
    const url = 'https://t.example/operator/invitation?token=y';
    const invited = { id: ID, expires_at: operator.created_at };
    plane.handlers.set(`POST /api/v1/operators/${ID}/invitation`, () => ({ ...invited, invitation_url: url }));
    const result = await run('operator', 'invite-again', ID, '--reason', 'lost telephone');
    expect(result.stdout).toBe(`${url}\n`);
    expect(result.stderr).toContain('mail');
    expect(plane.received.at(-1)?.body).toEqual({ reason: 'lost telephone' });
    plane.handlers.set(`POST /api/v1/operators/${ID}/invitation`, () => invited);
    const lost = await run('operator', 'invite-again', ID, '--reason', 'lost telephone');
    expect([lost.code === 0, lost.stderr]).toEqual([false, expect.stringContaining('tenantry operator invite-again')]);
    expect((await run('operator', 'invite-again', ID, '--reason', 'x', '-o', 'json')).code).toBe(lost.code);
  });

  it('links an account of the provider, changes an address, and makes new recovery codes', async () => {
    const { plane, run } = await connected();
    plane.handlers.set(`POST /api/v1/operators/${ID}/identities`, () => operator);
    const issuer = 'https://idp.vendor.example';
    const linked = await run('operator', 'link-identity', ID, '--issuer', issuer, '--subject', 'abc');
    expect(linked.stdout).toContain('Nia signs in with abc');
    expect(plane.received.at(-1)?.body).toEqual({ issuer, subject: 'abc' });
    plane.handlers.set(`POST /api/v1/operators/${ID}/email`, () => ({ ...operator, email: 'n@vendor.example' }));
    const moved = await run('operator', 'email', ID, 'n@vendor.example', '--reason', 'married');
    expect(moved.stdout).toContain('n@vendor.example');
    expect(plane.received.at(-1)?.body).toEqual({ email: 'n@vendor.example', reason: 'married' });
    plane.handlers.set('POST /api/v1/sign-in/recovery-codes', () => ({ recovery_codes: ['aaaa-bbbb', 'cccc-dddd'] }));
    expect((await run('operator', 'recovery-codes', '--code', '123456')).stdout).toBe('aaaa-bbbb\ncccc-dddd\n');
    expect(plane.received.at(-1)?.body).toEqual({ code: '123456' });
  });

  it('takes every role away when none is named, and says what the server refuses', async () => {
    const { plane, run } = await connected();
    plane.handlers.set(`POST /api/v1/operators/${ID}/grants`, () => ({ ...operator, grants: [] }));
    expect((await run('operator', 'grant', ID, '--reason', 'left the team')).stdout).toContain('may now: nothing');
    expect(plane.received.at(-1)?.body).toEqual({ grants: [], reason: 'left the team' });
    plane.handlers.set(`POST /api/v1/operators/${ID}/disable`, () => {
      throw refusal('access.last_owner', 'Nia is the last owner.');
    });
    const refused = await run('operator', 'disable', ID, '--reason', 'left');
    expect([refused.code, refused.stderr]).toEqual([65, expect.stringContaining('Nia is the last owner.')]);
  });
});

describe('support', () => {
  it('asks, lists, grants and closes', async () => {
    const { plane, run } = await connected();
    plane.handlers.set('POST /api/v1/tenants/acme/support-access', () => access);
    plane.handlers.set('GET /api/v1/tenants/acme/support-access', () => ({ items: [access], next_cursor: null }));
    const live = { ...access, status: 'live', granted_by: 'Dana', until: '2026-11-20T12:00:00.000Z' };
    plane.handlers.set('POST /api/v1/support-access/support_1/grant', () => live);
    plane.handlers.set('POST /api/v1/support-access/support_1/end', () => ({ ...live, status: 'ended' }));
    expect((await run('support', 'open', 'acme', '--reason', access.reason)).stdout).toContain('waits for an answer');
    expect(plane.received.at(-1)?.body).toEqual({ reason: access.reason, hours: 4 });
    expect((await run('support', 'list', '--tenant', 'acme', '--open')).stdout).toContain('Sue');
    expect(plane.received.at(-1)?.query.get('open')).toBe('true');
    expect((await run('support', 'grant', 'support_1')).stdout).toContain('live until 2026-11-20T12:00');
    expect((await run('support', 'close', 'support_1', '--reason', 'done')).stdout).toContain('ended');
  });

  it('shows who lets support in, and says so', async () => {
    const { plane, run } = await connected();
    plane.handlers.set('GET /api/v1/tenants/acme/support-policy', () => ({ granted_by: 'vendor' }));
    plane.handlers.set('POST /api/v1/tenants/acme/support-policy', () => ({ granted_by: 'client' }));
    expect((await run('support', 'policy', 'acme')).stdout).toContain('an owner may too');
    const set = await run('support', 'policy', 'acme', '--granted-by', 'client', '-o', 'json');
    expect(set.json()).toEqual({ schema: 'tenantry.support-policy/1', granted_by: 'client' });
    expect(plane.received.at(-1)?.body).toEqual({ granted_by: 'client' });
    expect((await run('support', 'policy', 'acme', '--granted-by', 'nobody')).code).not.toBe(0);
  });
});
