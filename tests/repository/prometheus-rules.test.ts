import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exposedMetrics, metricsIn, unknownMetrics } from './exposed-metrics.ts';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../deploy/prometheus');

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

const rules = (parse(readFileSync(join(FOLDER, 'alerts.yaml'), 'utf8')) as Rules).groups.flatMap(
  (group) => group.rules,
);

/** Prometheus's own checker; `.ci/run` installs it. */
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
const why = hasPromtool ? '' : ' (promtool is not installed: apt-get install prometheus)';

describe('the alert rules', () => {
  it('LIVE-05: ask for nothing that the server does not tell', async () => {
    const asked = rules.map(({ expr }) => expr);
    expect(metricsIn(asked).length).toBeGreaterThan(15);
    expect(unknownMetrics(asked, await exposedMetrics())).toEqual([]);
  });

  it('have each a test that makes it fire', () => {
    const { tests } = parse(readFileSync(join(FOLDER, 'alerts.test.yaml'), 'utf8')) as {
      readonly tests: readonly {
        readonly alert_rule_test?: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
      }[];
    };
    const fired = tests.flatMap(({ alert_rule_test: cases = [] }) =>
      cases.filter(({ exp_alerts: alerts }) => alerts.length > 0).map(({ alertname }) => alertname),
    );
    expect([...new Set(fired)].sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });
});

describe.skipIf(!hasPromtool)(`Prometheus itself${why}`, () => {
  it('LIVE-05: loads the rules and raises what their tests expect', () => {
    execFileSync('promtool', ['check', 'rules', 'alerts.yaml'], { cwd: FOLDER });
    const out = execFileSync('promtool', ['test', 'rules', 'alerts.test.yaml'], { cwd: FOLDER, encoding: 'utf8' });
    expect(out).toContain('SUCCESS');
  });
});
