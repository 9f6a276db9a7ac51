import { platformRoleViewSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { z } from 'zod';
import { taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';

const rolesSchema = z.object({ items: z.array(platformRoleViewSchema) });

export const operatorRolesCommand = (): Command =>
  withCommon(new Command('roles').description('Show the platform roles and what each may do')).action(
    async (_options: object, command: Command) => {
      const task = taskOf(command);
      const { items } = await task.connect().get('/api/v1/platform-roles', rolesSchema);
      const { style } = task.io.out;
      task.print({ schema: 'tenantry.platform-roles/1', items }, () =>
        items.flatMap(({ role, about, scopes, tenant_data: data }) => [
          `${style.strong(plainLine(role))}  ${plainLine(about)}`,
          `  ${style.faint('may:')} ${scopes.map(plainLine).join(', ')}`,
          ...(data === 'always' ? [] : [`  ${style.faint('the data of a tenant:')} under a live support access only`]),
          '',
        ]),
      );
    },
  );
