import { isTenantryError, TenantryError } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { createClient } from '../client.ts';
import { taskOf, withFormat } from '../session.ts';
import { readUserFile, removeLogin } from '../user-file.ts';

export const logoutCommand = (): Command =>
  withFormat(new Command('logout').description('Revoke the key that login got, and forget it'))
    .addOption(new Option('--url <url>', 'address of the control plane; the last login when left out'))
    .action(async ({ url }: { readonly url?: string }, command: Command) => {
      const task = taskOf(command);
      const { settings, newId, out } = task.io;
      const { logins, current } = readUserFile(settings.userFile);
      const wanted = (url ?? current)?.replace(/\/+$/, '');
      const login = logins.find((each) => each.url === wanted);
      if (login === undefined) {
        throw new TenantryError(
          'command.invalid',
          wanted === undefined ? 'You are not signed in.' : `You are not signed in to ${wanted}.`,
          {
            next: 'tenantry login signs in.',
          },
        );
      }
      const client = createClient({ url: login.url, key: login.key, identity: undefined, identities: [] }, { newId });
      const path = `/api/v1/keys/${encodeURIComponent(login.key_id)}`;
      await client.remove(path, { query: { reason: 'tenantry logout' } }).catch((error: unknown) => {
        // A key that opens nothing any more is what was asked for.
        if (!isTenantryError(error) || error.code !== 'access.unauthenticated') throw error;
      });
      removeLogin(settings.userFile, login.url);
      task.print({ schema: 'tenantry.logout/1', url: login.url, key_id: login.key_id }, () => [
        `${out.style.good('✓')} Signed out of ${login.url}: its key opens nothing any more.`,
      ]);
    });
