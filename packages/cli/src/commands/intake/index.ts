import { Command } from 'commander';
import { intakeSealCommand } from './seal.ts';

export const intakeCommand = (): Command =>
  new Command('intake').description('Intake files').addCommand(intakeSealCommand());
