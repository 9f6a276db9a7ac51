import { Command } from 'commander';
import { runbookApproveCommand } from './approve.ts';
import { runbookFmtCommand } from './fmt.ts';
import { runbookGraphCommand } from './graph.ts';
import { runbookImportCommand } from './import.ts';
import { runbookLintCommand } from './lint.ts';
import { runbookListCommand } from './list.ts';
import { runbookPublishCommand } from './publish.ts';
import { runbookReviewCommand } from './review.ts';
import { runbookShowCommand } from './show.ts';
import { runbookTestCommand } from './test.ts';

export const runbookCommand = (): Command =>
  new Command('runbook')
    .description('Runbooks: files and published versions')
    .addCommand(runbookListCommand())
    .addCommand(runbookShowCommand())
    .addCommand(runbookLintCommand())
    .addCommand(runbookTestCommand())
    .addCommand(runbookFmtCommand())
    .addCommand(runbookGraphCommand())
    .addCommand(runbookImportCommand())
    .addCommand(runbookPublishCommand())
    .addCommand(runbookApproveCommand())
    .addCommand(runbookReviewCommand());
