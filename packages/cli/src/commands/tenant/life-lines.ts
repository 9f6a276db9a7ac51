import type { TenantLifeView } from '@tenantry/contract';
import type { Task } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';
import { timeText } from '../../terminal/time-text.ts';

/** How every command about a tenant's life ends: where it stands now. */
export function lifeLines(life: TenantLifeView, { io }: Task, done: string): readonly string[] {
  const { style } = io.out;
  const state = [life.status, life.access_mode].filter((part) => part !== null).join(', ');
  return [
    `${style.good('✓')} ${plainLine(done)}`,
    `  ${plainLine(life.slug)} is ${state}.`,
    ...life.suspensions.map(
      ({ cause, priority, reason, began_at }) =>
        `  suspended for ${cause} (${priority}) since ${timeText(began_at)}: ${plainLine(reason)}`,
    ),
  ];
}
