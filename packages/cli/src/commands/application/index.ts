import { Command } from 'commander';
import { applicationChangeCommand } from './change.ts';
import { applicationDisableCommand } from './disable.ts';
import { applicationEnableCommand } from './enable.ts';
import { applicationListCommand } from './list.ts';
import { applicationRegisterCommand } from './register.ts';
import { applicationRotateSecretCommand } from './rotate-secret.ts';

export const applicationCommand = (): Command =>
  new Command('application')
    .description('Applications of yours that log their users in here, by OpenID Connect')
    .addCommand(applicationListCommand())
    .addCommand(applicationRegisterCommand())
    .addCommand(applicationChangeCommand())
    .addCommand(applicationRotateSecretCommand())
    .addCommand(applicationDisableCommand())
    .addCommand(applicationEnableCommand());
