import { recoveryCodesSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';

export const operatorRecoveryCodesCommand = (): Command =>
  withCommon(new Command('recovery-codes').description('Make new recovery codes for yourself; those before end'))
    .requiredOption('--code <code>', 'what your authenticator app shows now')
    .action(async ({ code }: { readonly code: string }, command: Command) => {
      const task = taskOf(command);
      const made = await task.connect().post('/api/v1/sign-in/recovery-codes', { code }, recoveryCodesSchema);
      task.remark('Each lets you in once in place of a code of the app. They are shown only now: keep them safe.');
      task.print({ schema: 'tenantry.recovery-codes/1', ...made }, () => made.recovery_codes);
    });
