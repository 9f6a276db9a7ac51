import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cli } from '../../testing/cli.ts';
import { startFakeControlPlane } from '../../testing/fake-control-plane.ts';

const PATH = '/api/v1/tenant-operations';
const operation = (counts: object, ended_at: string | null = null) => ({
  id: 'op-1',
  kind: 'suspend',
  cause: 'terms_violation',
  reason: 'r',
  asked_by: 'Ada',
  asked_at: '2026-11-20T09:00:00.000Z',
  ended_at,
  stopped_by: null,
  counts: { waiting: 0, done: 0, refused: 0, skipped: 0, ...counts },
});

async function connected() {
  const plane = await startFakeControlPlane();
  const run = (...argv: readonly string[]) => cli([...argv, '--url', plane.url, '--key', 'tnt_x']);
  return { plane, run };
}
const SUSPEND = ['tenant', 'suspend-many', '--cause', 'terms_violation', '--reason', 'r'];

it('LIFE-08: suspend-many takes a list, follows it to its end, and says whom it refused', async () => {
  const { plane, run } = await connected();
  const file = join(tmpdir(), `many-${process.pid}.txt`);
  await writeFile(file, '# those of the reseller\nacme\n\nbeta\n');
  plane.handlers.set(`POST ${PATH}`, () => ({ tenants: 2, operation: operation({ waiting: 2 }) }));
  plane.handlers.set(`GET ${PATH}/op-1`, () => operation({ done: 1, refused: 1 }, '2026-11-20T09:01:00.000Z'));
  const { stdout, code } = await run(...SUSPEND, '--file', file, '--wait');
  expect(plane.received[0]?.body).toMatchObject({
    kind: 'suspend',
    tenants: ['acme', 'beta'],
    reason: 'r',
    dry_run: false,
  });
  expect([code, stdout]).toEqual([0, expect.stringContaining('1 done, 1 refused')]);
  const error = { code: 'tenant.illegal_transition', message: 'beta has left.' };
  plane.handlers.set(`GET ${PATH}/op-1/tenants`, () => ({
    items: [{ tenant_id: 't', slug: 'beta', state: 'refused', error }],
    next_cursor: null,
  }));
  expect((await run('tenant', 'many', 'op-1', '--refused')).stdout).toBe('beta  beta has left.\n');
});

it('everybody of a product takes a look before, or a number', async () => {
  const { plane, run } = await connected();
  plane.handlers.set(`POST ${PATH}`, () => ({ tenants: 12, operation: null }));
  expect((await run(...SUSPEND, '--product', 'shop')).code).toBe(2);
  expect(plane.received).toEqual([]);
  expect((await run(...SUSPEND, '--product', 'shop', '--dry-run')).stdout).toBe('They are 12 tenants.\n');
});

it('many lists work, shows one, and stops it', async () => {
  const { plane, run } = await connected();
  plane.handlers.set(`GET ${PATH}`, () => ({ items: [operation({ waiting: 3 })] }));
  plane.handlers.set(`GET ${PATH}/op-1`, () => operation({ waiting: 3 }));
  plane.handlers.set(`POST ${PATH}/op-1/stop`, () => operation({ skipped: 3 }, '2026-11-20T09:01:00.000Z'));
  expect((await run('tenant', 'many')).stdout).toContain('3 waiting');
  expect((await run('tenant', 'many', 'op-1')).stdout).toContain('It goes on by itself');
  expect((await run('tenant', 'many', 'op-1', '--stop', 'The wrong list')).stdout).toContain('3 skipped');
  expect(plane.received.at(-1)?.body).toEqual({ reason: 'The wrong list' });
});
