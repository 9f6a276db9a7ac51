import { TenantryError } from '@tenantry/contract';
import type { Io } from '../../io.ts';

/** @throws command.invalid when another name was typed, or nobody is there to ask (RBK-21) */
export async function askForName(io: Io, name: string): Promise<void> {
  if (io.ask === undefined) {
    throw new TenantryError('command.invalid', 'What is there now would be overwritten, and there is nobody to ask.', {
      next: 'Give --yes if that is what you want.',
    });
  }
  const answer = await io.ask(`Type ${name} to go on: `);
  if (answer === name) return;
  throw new TenantryError('command.invalid', 'That is not the name: nothing was touched.', {
    next: 'Type the command again.',
  });
}
