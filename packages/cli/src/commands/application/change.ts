import { applicationViewSchema, TenantryError } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { collect, taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';
import { type WishOptions, wishOf, withWishOptions } from './wish-options.ts';

/** What an application may do without, by its option. */
const CLEARED: Readonly<Record<string, object>> = {
  'post-logout-redirect': { post_logout_redirect_uris: [] },
  'backchannel-logout': { backchannel_logout_uri: null },
  login: { login_uri: null },
  audience: { resource: null },
  'trusted-ca': { trusted_ca: null },
};

interface Options extends WishOptions {
  readonly name?: string;
  readonly clear?: readonly string[];
}

export const applicationChangeCommand = (): Command =>
  withWishOptions(
    withCommon(new Command('change').description('Change an application; what is not named stays as it is'))
      .argument('<id>', 'its client_id, as application list shows it')
      .option('--name <name>', 'what users know it by')
      .option('--redirect <address>', 'where users come back to after a log-in; all of them, repeated', collect)
      .addOption(
        new Option('--clear <option...>', 'what it has no longer, by the name of its option').choices(
          Object.keys(CLEARED),
        ),
      ),
  ).action(async (id: string, options: Options, command: Command) => {
    const task = taskOf(command);
    const { name, clear = [] } = options;
    const body = {
      ...Object.assign({}, ...clear.map((option) => CLEARED[option])),
      ...(name === undefined ? {} : { name }),
      ...(await wishOf(task, options)),
    };
    if (Object.keys(body).length === 0) throw nothing();
    const path = `/api/v1/applications/${encodeURIComponent(id)}`;
    const application = await task.connect().patch(path, body, applicationViewSchema);
    task.print({ schema: 'tenantry.application/1', ...application }, () => [
      `${task.io.out.style.good('✓')} ${plainLine(application.name)} is changed. Users come back to ${application.redirect_uris.map(plainLine).join(', ')}.`,
    ]);
  });

const nothing = (): TenantryError =>
  new TenantryError('command.invalid', 'Nothing is named that should change.', {
    next: 'tenantry application change --help lists what can.',
  });
