import { Command } from 'commander';
import { evidenceVerifyCommand } from './verify.ts';

export const evidenceCommand = (): Command =>
  new Command('evidence').description('Evidence archives').addCommand(evidenceVerifyCommand());
