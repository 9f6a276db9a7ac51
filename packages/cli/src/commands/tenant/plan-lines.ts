import type { PlanImpactView } from '@tenantry/contract';
import type { Task } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';
import { valueText } from '../../views/value-text.ts';

type LimitLine = PlanImpactView['limits'][number];

/** What another plan changes, limit by limit and feature by feature. */
export function impactLines(impact: PlanImpactView, { io }: Task): readonly string[] {
  const { style } = io.out;
  const limitText = (limit: LimitLine['before']): string => (limit === null ? 'by contract' : valueText(limit));
  const lost = impact.features.filter(({ before, after }) => before && !after).map(({ name }) => name);
  const gained = impact.features.filter(({ before, after }) => !before && after).map(({ name }) => name);
  return [
    style.strong(`${impact.from} → ${impact.to} (${impact.direction})`),
    ...tableLines<LimitLine>(
      impact.limits,
      [
        { title: 'limit', text: ({ name }) => name },
        { title: 'now', text: ({ before }) => limitText(before) },
        { title: 'then', text: ({ after }) => limitText(after) },
        { title: 'used', text: ({ used }) => (used === null ? '-' : String(used)) },
        { title: 'too much', text: ({ excess }) => (excess === 0 ? '' : String(excess)) },
      ],
      io.out,
    ),
    ...(gained.length === 0 ? [] : [`gains ${gained.join(', ')}`]),
    ...(lost.length === 0 ? [] : [`loses ${lost.join(', ')}`]),
    ...(impact.conflicts.length === 0 ? [] : [`promised, and not in the plan: ${impact.conflicts.join(', ')}`]),
    ...(impact.unset.length === 0 ? [] : [`the contract has to give: ${impact.unset.join(', ')}`]),
  ];
}
