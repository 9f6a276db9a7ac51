import { Command } from 'commander';
import { issueListCommand } from './list.ts';
import { issueOpenCommand } from './open.ts';
import { issueResolveCommand } from './resolve.ts';

export const issueCommand = (): Command =>
  new Command('issue')
    .description('What is open at a tenant: findings of the watch, issues, action items')
    .addCommand(issueListCommand())
    .addCommand(issueOpenCommand())
    .addCommand(issueResolveCommand());
