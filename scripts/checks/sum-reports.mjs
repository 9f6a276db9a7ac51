/**
 * @typedef {object} Report what is read of Vitest's JSON report
 * @property {boolean} success
 * @property {readonly { name: string, status: string, message?: string, assertionResults: readonly { fullName: string, status: string }[] }[]} testResults
 */

/**
 * @typedef {object} Sum
 * @property {number} passed
 * @property {number} failed a file that could not be loaded and a report that is missing count as one each
 * @property {number} skipped
 * @property {readonly string[]} notes one line for each failure, skip and missing report
 * @property {boolean} ok
 */

/**
 * @param {readonly { name: string, report: Report | undefined }[]} reports
 * @param {{ noSkips: boolean, allowedSkips: Readonly<Record<string, string>> }} options `allowedSkips`: the reason by full name of the test
 * @returns {Sum}
 */
export function sumReports(reports, { noSkips, allowedSkips }) {
  let [passed, failed, skipped, refused] = [0, 0, 0, 0];
  /** @type {string[]} */
  const notes = [];
  /** @param {string} note */
  const fail = (note) => {
    failed++;
    notes.push(`failed: ${note}`);
  };
  for (const { name, report } of reports) {
    if (report === undefined) {
      fail(`${name} was not written: the run did not finish`);
      continue;
    }
    const before = failed;
    for (const file of report.testResults) {
      const failedTests = file.assertionResults.filter((test) => test.status === 'failed');
      for (const test of failedTests) fail(`${test.fullName} (${name})`);
      if (file.status === 'failed' && failedTests.length === 0) fail(`${file.name} could not be run (${name})`);
      for (const test of file.assertionResults) {
        if (test.status === 'passed') passed++;
        else if (test.status !== 'failed') {
          skipped++;
          const reason = allowedSkips[test.fullName];
          if (noSkips && reason === undefined) refused++;
          notes.push(
            `skipped${noSkips && reason === undefined ? ', which is refused here' : ''}: ${test.fullName}${reason ? `: ${reason}` : ''} (${name})`,
          );
        }
      }
    }
    if (report.testResults.length === 0) fail(`${name} ran no test`);
    if (!report.success && failed === before) fail(`${name} reports an error outside of any test`);
  }
  return { passed, failed, skipped, notes, ok: failed === 0 && refused === 0 };
}
