import { Command } from 'commander';
import { keyCreateCommand } from './create.ts';
import { keyListCommand } from './list.ts';
import { keyRevokeCommand } from './revoke.ts';

export const keyCommand = (): Command =>
  new Command('key')
    .description('Keys that people and programs act with')
    .addCommand(keyCreateCommand())
    .addCommand(keyListCommand())
    .addCommand(keyRevokeCommand());
