import { Command } from 'commander';
import { isolationVerifyCommand } from './verify.ts';

export const isolationCommand = (): Command =>
  new Command('isolation')
    .description('Proof that tenants are kept apart in a PostgreSQL')
    .addCommand(isolationVerifyCommand());
