import { describe, expect, it } from 'vitest';
import { cli } from '../../testing/cli.ts';
import { startFakeControlPlane } from '../../testing/fake-control-plane.ts';

const issue = {
  number: 3,
  kind: 'issue',
  title: 'Exports are slow',
  metric: null,
  figure: null,
  threshold: null,
  baseline: null,
  status: 'open',
  resolution: null,
  opened_by: 'Lee',
  opened_at: '2026-11-20T09:00:00.000Z',
  resolved_by: null,
  resolved_at: null,
};
const resolved = {
  ...issue,
  status: 'resolved',
  resolution: 'A larger cache',
  resolved_by: 'Lee',
  resolved_at: '2026-11-21T09:00:00.000Z',
};

async function connected() {
  const plane = await startFakeControlPlane();
  const run = (...argv: readonly string[]) => cli([...argv, '--url', plane.url, '--key', 'tnt_x']);
  return { plane, run };
}

describe('issue', () => {
  it('list shows what is open by number, and says so when nothing is', async () => {
    const { plane, run } = await connected();
    plane.handlers.set('GET /api/v1/tenants/acme/issues', () => ({ items: [issue] }));
    const { stdout } = await run('issue', 'list', 'acme');
    expect(stdout).toContain('#3');
    expect(stdout).toContain('Exports are slow');
    plane.handlers.set('GET /api/v1/tenants/acme/issues', () => ({ items: [resolved] }));
    expect((await run('issue', 'list', 'acme', '--all')).stdout).toContain('A larger cache');
    plane.handlers.set('GET /api/v1/tenants/acme/issues', () => ({ items: [] }));
    expect((await run('issue', 'list', 'acme')).stdout).toBe('Nothing is open at acme.\n');
  });

  it('open writes down an issue, or an action item', async () => {
    const { plane, run } = await connected();
    plane.handlers.set('POST /api/v1/tenants/acme/issues', () => issue);
    expect((await run('issue', 'open', 'acme', 'Exports are slow')).stdout).toContain('Opened #3');
    expect(plane.received.at(-1)?.body).toEqual({ title: 'Exports are slow', kind: 'issue' });
    await run('issue', 'open', 'acme', 'Train the second site', '--action');
    expect(plane.received.at(-1)?.body).toEqual({ title: 'Train the second site', kind: 'action' });
  });

  it('resolve takes the number with or without its sign, and refuses what is none before it calls', async () => {
    const { plane, run } = await connected();
    plane.handlers.set('POST /api/v1/tenants/acme/issues/3/resolve', () => resolved);
    for (const number of ['3', '#3']) {
      const { code, stdout } = await run('issue', 'resolve', 'acme', number, '--resolution', 'A larger cache');
      expect([code, stdout]).toEqual([0, expect.stringContaining('Resolved #3: Exports are slow')]);
    }
    const before = plane.received.length;
    const { code, stderr } = await run('issue', 'resolve', 'acme', 'three', '--resolution', 'A larger cache');
    expect([code, plane.received.length]).toEqual([2, before]);
    expect(stderr).toContain('tenantry issue list acme');
  });
});
