import { whoamiSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../session.ts';
import { plainLine } from '../terminal/plain-text.ts';

export const whoamiCommand = (): Command =>
  withCommon(
    new Command('whoami').description('Show whom the key in use belongs to, and whom --as could choose'),
  ).action(async (_options: object, command: Command) => {
    const task = taskOf(command);
    const client = task.connect();
    const me = await client.get('/api/v1/whoami', whoamiSchema);
    const { style } = task.io.out;
    task.print({ ...me, url: client.url }, () => [
      `${style.strong(plainLine(me.name))} <${plainLine(me.email)}>, ${me.party}${me.development ? ', a development identity' : ''}`,
      `${style.faint('at:')}     ${client.url}`,
      `${style.faint('roles:')}  ${me.roles.map(plainLine).join(', ') || 'none'}`,
      `${style.faint('scopes:')} ${me.scopes.join(', ') || 'none'}`,
      ...(client.identities.length === 0 ? [] : ['', 'With --as you can act as:']),
      ...client.identities.map(({ name, roles }) => `  ${plainLine(name)}  ${style.faint(roles.join(', '))}`),
    ]);
  });
