import { Command } from 'commander';
import { runApproveCommand } from './approve.ts';
import { runCancelCommand } from './cancel.ts';
import { runCompleteCommand } from './complete.ts';
import { runEvidenceCommand } from './evidence.ts';
import { runListCommand } from './list.ts';
import { runMendIntakeCommand } from './mend-intake.ts';
import { runOverrideCommand } from './override.ts';
import { runResolveCommand } from './resolve.ts';
import { runRetryCommand } from './retry.ts';
import { runRollbackCommand } from './rollback.ts';
import { runShowCommand } from './show.ts';
import { runWatchCommand } from './watch.ts';

export const runCommand = (): Command =>
  new Command('run')
    .description('Runs: see them, act in them, end them')
    .addCommand(runListCommand())
    .addCommand(runShowCommand())
    .addCommand(runWatchCommand())
    .addCommand(runCompleteCommand())
    .addCommand(runApproveCommand())
    .addCommand(runRetryCommand())
    .addCommand(runOverrideCommand())
    .addCommand(runResolveCommand())
    .addCommand(runMendIntakeCommand())
    .addCommand(runRollbackCommand())
    .addCommand(runCancelCommand())
    .addCommand(runEvidenceCommand());
