import { expect, it } from 'vitest';
import { sumReports } from './sum-reports.mjs';

type Status = 'passed' | 'failed' | 'pending' | 'skipped' | 'todo';

const report = (name: string, ...tests: readonly [string, Status][]) => ({
  name,
  report: {
    success: tests.every(([, status]) => status !== 'failed'),
    testResults: [
      {
        name: 'a.test.ts',
        status: tests.some(([, status]) => status === 'failed') ? 'failed' : 'passed',
        assertionResults: tests.map(([fullName, status]) => ({ fullName, status })),
      },
    ],
  },
});

const LENIENT = { noSkips: false, allowedSkips: {} };

it('counts are summed over all runs', () => {
  const sum = sumReports(
    [report('one', ['a', 'passed'], ['b', 'skipped']), report('two', ['a', 'passed'], ['c', 'failed'])],
    LENIENT,
  );
  expect(sum).toMatchObject({ passed: 2, failed: 1, skipped: 1, ok: false });
});

it('a report that was never written is a failure', () => {
  expect(sumReports([{ name: 'gone.json', report: undefined }], LENIENT)).toMatchObject({ failed: 1, ok: false });
});

it('a run that found no test is a failure', () => {
  const empty = { success: true, testResults: [] };
  expect(sumReports([{ name: 'one', report: empty }], LENIENT)).toMatchObject({ failed: 1, ok: false });
});

it('a file that cannot be loaded is a failure though it holds no test', () => {
  const broken = { success: false, testResults: [{ name: 'a.test.ts', status: 'failed', assertionResults: [] }] };
  expect(sumReports([{ name: 'one', report: broken }], LENIENT)).toMatchObject({ failed: 1, ok: false });
});

it('an error outside of any test is a failure though every test passed', () => {
  const { report: passed } = report('one', ['a', 'passed']);
  expect(sumReports([{ name: 'one', report: { ...passed, success: false } }], LENIENT)).toMatchObject({
    passed: 1,
    failed: 1,
    ok: false,
  });
});

it('where nothing may be skipped, only a skip with a written reason passes', () => {
  const skipped = [report('one', ['needs a cluster', 'skipped'])];
  expect(sumReports(skipped, { noSkips: true, allowedSkips: {} }).ok).toBe(false);
  const allowed = sumReports(skipped, { noSkips: true, allowedSkips: { 'needs a cluster': 'no cluster here' } });
  expect(allowed).toMatchObject({ skipped: 1, ok: true, notes: ['skipped: needs a cluster: no cluster here (one)'] });
});
