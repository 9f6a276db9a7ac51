import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { exposedMetrics, metricsIn, unknownMetrics } from './exposed-metrics.ts';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../deploy/grafana');

const panel = z.looseObject({
  id: z.int(),
  title: z.string().min(1),
  type: z.string(),
  gridPos: z.object({ h: z.int().min(1), w: z.int().min(1).max(24), x: z.int().min(0).max(23), y: z.int().min(0) }),
  targets: z.array(z.object({ refId: z.string(), expr: z.string(), legendFormat: z.string() })).optional(),
});
const dashboard = z.looseObject({
  uid: z.string().regex(/^[a-z0-9-]{1,40}$/),
  title: z.string().min(1),
  schemaVersion: z.int().min(39),
  templating: z.object({ list: z.array(z.looseObject({ name: z.string(), type: z.string() })) }),
  panels: z.array(panel),
});

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
const dashboards = files.map((name) => dashboard.parse(JSON.parse(readFileSync(join(FOLDER, name), 'utf8'))));
const panels = dashboards.flatMap((one) => one.panels);
const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** Prometheus's own checker; `.ci/run` installs it. */
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
const why = hasPromtool ? '' : ' (promtool is not installed: apt-get install prometheus)';

describe('the dashboard', () => {
  it('LIVE-05: asks for nothing that the server does not tell, and shows all it tells of runs, jobs and tenants', async () => {
    const known = await exposedMetrics();
    expect(unknownMetrics(expressions, known)).toEqual([]);
    const shown = new Set(metricsIn(expressions).map((name) => name.replace(/_(?:bucket|count|sum)$/, '')));
    expect([...known].filter((name) => name.startsWith('tenantry_') && !shown.has(name))).toEqual([]);
  });

  it('LIVE-05: has a part for one tenant, whose figures carry the bounds of the hypercare', () => {
    const ofTenant = panels.filter(({ targets = [] }) => targets.some(({ expr }) => expr.includes('$tenant')));
    expect(ofTenant.length).toBeGreaterThanOrEqual(6);
    expect(JSON.stringify(ofTenant.find(({ title }) => title === 'Error rate'))).toContain('"value":0.01');
    expect(dashboards.flatMap(({ templating }) => templating.list.map(({ name }) => name))).toContain('tenant');
  });

  it('has panels of different ids that do not lie on one another', () => {
    for (const one of dashboards) {
      expect(new Set(one.panels.map(({ id }) => id)).size).toBe(one.panels.length);
      const cells = one.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, at) => `${x + (at % w)}/${y + Math.floor(at / w)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
    }
  });
});

describe.skipIf(!hasPromtool)(`Prometheus itself${why}`, () => {
  it('LIVE-05: understands every expression of the dashboard', () => {
    const rules = expressions.map((expr, at) => ({
      record: `dashboard:expression_${at}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$tenant', '.+'),
    }));
    const folder = mkdtempSync(join(tmpdir(), 'tenantry-dashboard-'));
    try {
      writeFileSync(join(folder, 'rules.yaml'), stringify({ groups: [{ name: 'dashboard', rules }] }));
      const out = execFileSync('promtool', ['check', 'rules', 'rules.yaml'], { cwd: folder, encoding: 'utf8' });
      expect(out).toContain(`${rules.length} rules found`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
