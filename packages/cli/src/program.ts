import { Command } from 'commander';
import { applicationCommand } from './commands/application/index.ts';
import { auditCommand } from './commands/audit/index.ts';
import { backupCommand } from './commands/backup/index.ts';
import { billingCommand } from './commands/billing/index.ts';
import { clockCommand } from './commands/clock.ts';
import { completionCommand } from './commands/completion.ts';
import { evidenceCommand } from './commands/evidence/index.ts';
import { intakeCommand } from './commands/intake/index.ts';
import { isolationCommand } from './commands/isolation/index.ts';
import { issueCommand } from './commands/issue/index.ts';
import { keyCommand } from './commands/key/index.ts';
import { loginCommand } from './commands/login.ts';
import { logoutCommand } from './commands/logout.ts';
import { onboardCommand } from './commands/onboard.ts';
import { operatorCommand } from './commands/operator/index.ts';
import { portalCommand } from './commands/portal/index.ts';
import { runCommand } from './commands/run/index.ts';
import { runbookCommand } from './commands/runbook/index.ts';
import { supportCommand } from './commands/support/index.ts';
import { tenantCommand } from './commands/tenant/index.ts';
import { upCommand } from './commands/up.ts';
import { whoamiCommand } from './commands/whoami.ts';
import { workerCommand } from './commands/worker.ts';

/** Every command there is. */
export const buildProgram = (version: string): Command =>
  new Command('tenantry')
    .description('Runbooks that run: the control plane for the life of a B2B client')
    .version(version, '-V, --version', 'print the version')
    .helpCommand(false)
    .showHelpAfterError('(--help lists what there is)')
    .showSuggestionAfterError()
    .addCommand(upCommand())
    .addCommand(workerCommand())
    .addCommand(onboardCommand())
    .addCommand(runCommand())
    .addCommand(runbookCommand())
    .addCommand(tenantCommand())
    .addCommand(issueCommand())
    .addCommand(billingCommand())
    .addCommand(backupCommand())
    .addCommand(applicationCommand())
    .addCommand(intakeCommand())
    .addCommand(evidenceCommand())
    .addCommand(auditCommand())
    .addCommand(isolationCommand())
    .addCommand(operatorCommand())
    .addCommand(portalCommand())
    .addCommand(supportCommand())
    .addCommand(keyCommand())
    .addCommand(loginCommand())
    .addCommand(logoutCommand())
    .addCommand(clockCommand())
    .addCommand(whoamiCommand())
    .addCommand(completionCommand());
