import { TenantryError } from '@tenantry/contract';
import { type Catalog, parseFixtures, type Runbook, type TestReport, testRunbook } from '@tenantry/runbook';
import { Command, Option } from 'commander';
import { EXIT } from '../../exit-codes.ts';
import { findCatalog, lintFile, mustBeRunbook, NO_CATALOG, readBeside } from '../../runbook-source.ts';
import { collect, type Task, taskOf, wholeNumber, withCommon } from '../../session.ts';
import { coverageLines, reportLines, verdictLine } from '../../views/test-lines.ts';

interface Options {
  readonly fixtures?: readonly string[];
  readonly minCoverage?: number;
  readonly trace?: true;
}

export const runbookTestCommand = (): Command =>
  withCommon(
    new Command('test').description(
      'Run a runbook against declared cases: nothing outside is touched, time jumps; works offline',
    ),
  )
    .argument('<file>', 'runbook, YAML')
    .addOption(
      new Option('--fixtures <file>', 'cases, YAML; repeatable (default: NAME.test.yaml beside the runbook)').argParser(
        collect,
      ),
    )
    .addOption(
      new Option('--min-coverage <percent>', 'fail when the cases reach less of the runbook').argParser(
        wholeNumber(0, 100),
      ),
    )
    .option('--trace', 'show everything that happened, of passing cases too')
    .action(async (path: string, options: Options, command: Command) => {
      const task = taskOf(command);
      const { runbook, catalog } = await readRunbook(task, path);
      const files = options.fixtures ?? [path.replace(/(?:\.ya?ml)?$/, '.test.yaml')];
      const report = await testFiles(task, files, runbook, catalog);
      const { minCoverage } = options;
      const isCovered = minCoverage === undefined || report.coverage.percent >= minCoverage;
      const document = {
        schema: 'tenantry.runbook-test/1',
        runbook: runbook.id,
        version: runbook.version,
        fixtures: files,
        ...report,
        ok: report.ok && isCovered,
        min_coverage: minCoverage ?? null,
      };
      task.print(document, () => [
        ...reportLines(report, task.io.out, { trace: options.trace === true }),
        ...coverageLines(report.coverage, task.io.out, minCoverage),
        verdictLine(report, task.io.out),
      ]);
      if (!document.ok) task.end(EXIT.unexpected);
    });

async function readRunbook(
  task: Task,
  path: string,
): Promise<{ readonly runbook: Runbook; readonly catalog: Catalog }> {
  const file = await task.readText(path);
  const { catalog, from } = await findCatalog(task, file);
  // What needs one is an unknown action then, and told as a fault of the runbook.
  if (from === undefined) task.remark(NO_CATALOG);
  return { runbook: mustBeRunbook(file, lintFile(file, file.source, catalog)), catalog };
}

/** One report over all files: what they reach together counts. */
async function testFiles(
  task: Task,
  files: readonly string[],
  runbook: Runbook,
  catalog: Catalog,
): Promise<TestReport> {
  const cases = [];
  for (const path of files) {
    const file = await task.readText(path);
    const parsed = parseFixtures(file.source, { file: path, runbook, catalog, read: readBeside(file) });
    if (parsed.cases === undefined)
      throw new TenantryError('runbook.fixture_invalid', `${path} has faults; no case was run.`, {
        faults: parsed.faults,
        facts: { file: path },
        next: 'Correct the lines named; docs/guide/test-a-runbook.md describes the file.',
      });
    cases.push(...parsed.cases);
  }
  return testRunbook(runbook, catalog, cases);
}
