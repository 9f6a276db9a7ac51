import { registeredApplicationSchema, TenantryError } from '@tenantry/contract';
import { Command } from 'commander';
import { collect, taskOf, withCommon } from '../../session.ts';
import { needsLines, SHOWN_ONCE } from './needs-lines.ts';
import { type WishOptions, wishOf, withWishOptions } from './wish-options.ts';

interface Options extends WishOptions {
  readonly product: string;
  readonly name: string;
  readonly redirect: readonly string[];
  readonly public?: true;
}

export const applicationRegisterCommand = (): Command =>
  withWishOptions(
    withCommon(new Command('register').description('Register an application; its secret is shown this once'))
      .argument('<id>', 'its client_id: lower-case letters, digits, - and _')
      .requiredOption('--product <id>', 'whose users it logs in: those of every tenant of this product')
      .requiredOption('--name <name>', 'what users know it by')
      .requiredOption('--redirect <address>', 'where users come back to after a log-in; may be repeated', collect)
      .option('--public', 'it cannot keep a secret, as in a browser or on a telephone'),
  ).action(async (id: string, options: Options, command: Command) => {
    const task = taskOf(command);
    const { product, name, public: isPublic = false } = options;
    const body = { id, product, name, public: isPublic, ...(await wishOf(task, options)) };
    const application = await task.connect().post('/api/v1/applications', body, registeredApplicationSchema);
    if (application.client_secret === undefined && !application.public) throw lost(application.id);
    if (!application.public) task.remark(SHOWN_ONCE);
    task.print({ schema: 'tenantry.application-registered/1', ...application }, () => needsLines(application));
  });

/** The first answer got lost on its way, and the repeated one does not hold the secret any more. */
const lost = (id: string): TenantryError =>
  new TenantryError(
    'command.unreachable',
    `${id} was registered, but the connection broke before its secret was shown.`,
    {
      next: `Make another secret: tenantry application rotate-secret ${id}.`,
    },
  );
