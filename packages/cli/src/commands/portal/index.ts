import { Command } from 'commander';
import { portalAnswerCommand } from './answer.ts';
import { portalLinkCommand } from './link.ts';
import { portalLinksCommand } from './links.ts';
import { portalQuestionsCommand } from './questions.ts';
import { portalRevokeCommand } from './revoke.ts';

export const portalCommand = (): Command =>
  new Command('portal')
    .description('The portal of a client: who is let in, and what they ask')
    .addCommand(portalLinkCommand())
    .addCommand(portalLinksCommand())
    .addCommand(portalRevokeCommand())
    .addCommand(portalQuestionsCommand())
    .addCommand(portalAnswerCommand());
