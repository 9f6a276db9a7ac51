import { TenantryError } from '@tenantry/contract';
import { Command } from 'commander';
import { z } from 'zod';
import { taskOf, withCommon } from '../session.ts';
import { timeText } from '../terminal/time-text.ts';

interface Options {
  readonly advance?: string;
  readonly to?: string;
}

const clockSchema = z.object({ now: z.iso.datetime(), ahead_ms: z.int() });

export const clockCommand = (): Command =>
  withCommon(
    new Command('clock').description('The clock of a development installation; set it forward to let days pass'),
  )
    .option('--advance <duration>', 'how far: 4h, 2d, 1w')
    .option('--to <instant>', 'until when: 2031-03-03T09:00:00Z')
    .action(async ({ advance, to }: Options, command: Command) => {
      const task = taskOf(command);
      if (advance !== undefined && to !== undefined)
        throw new TenantryError('command.invalid', 'Give --advance or --to, not both.');
      const client = task.connect();
      const body = advance === undefined ? to && { to } : { advance };
      const clock = body
        ? await client.post('/dev/clock', body, clockSchema)
        : await client.get('/dev/clock', clockSchema);
      task.print(clock, () => [`It is ${timeText(clock.now)} for the control plane.`]);
    });
