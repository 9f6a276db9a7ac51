import { Command } from 'commander';
import { runApproveCommand } from './approve.ts';
import { runCancelCommand } from './cancel.ts';
import { runChooseCommand } from './choose.ts';
import { runCommentCommand } from './comment.ts';
import { runCompleteCommand } from './complete.ts';
import { runConfirmCommand } from './confirm.ts';
import { runEvidenceCommand } from './evidence.ts';
import { runListCommand } from './list.ts';
import { runMendIntakeCommand } from './mend-intake.ts';
import { runMigrateCommand } from './migrate.ts';
import { runMoveGoLiveCommand } from './move-go-live.ts';
import { runOverrideCommand } from './override.ts';
import { runReopenCommand } from './reopen.ts';
import { runResolveCommand } from './resolve.ts';
import { runRetryCommand } from './retry.ts';
import { runRollbackCommand } from './rollback.ts';
import { runShowCommand } from './show.ts';
import { runTakeOverCommand } from './take-over.ts';
import { runTickCommand } from './tick.ts';
import { runWatchCommand } from './watch.ts';

export const runCommand = (): Command =>
  new Command('run')
    .description('Runs: see them, act in them, end them')
    .addCommand(runListCommand())
    .addCommand(runShowCommand())
    .addCommand(runWatchCommand())
    .addCommand(runCommentCommand())
    .addCommand(runTickCommand())
    .addCommand(runCompleteCommand())
    .addCommand(runApproveCommand())
    .addCommand(runChooseCommand())
    .addCommand(runConfirmCommand())
    .addCommand(runRetryCommand())
    .addCommand(runTakeOverCommand())
    .addCommand(runOverrideCommand())
    .addCommand(runResolveCommand())
    .addCommand(runMendIntakeCommand())
    .addCommand(runMigrateCommand())
    .addCommand(runMoveGoLiveCommand())
    .addCommand(runReopenCommand())
    .addCommand(runRollbackCommand())
    .addCommand(runCancelCommand())
    .addCommand(runEvidenceCommand());
