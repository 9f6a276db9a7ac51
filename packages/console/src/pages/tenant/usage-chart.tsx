/** One meter day by day against its limit, as a picture and as a table. Loaded when it is looked at. */
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../api/operation-types.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { dayText } from '../../parts/time.tsx';
import { amountText, limitOf, limitTitle } from './limits.ts';

type History = AnswerOf<'GET /api/v1/tenants/{tenant}/usage/history'>;

interface ChartProps {
  readonly meter: History['meters'][number];
  /** Days in UTC. */
  readonly from: string;
  readonly to: string;
}

const WIDTH = 460;
const HEIGHT = 150;
const EDGE = { left: 8, right: 8, top: 14, bottom: 22 } as const;
const DAY_MS = 86_400_000;

/** The next round number, so that the highest point does not touch the edge. */
function ceilingOf(highest: number): number {
  if (highest <= 5) return 5;
  const unit = 10 ** Math.floor(Math.log10(highest));
  return Math.ceil((highest * 1.1) / (unit / 2)) * (unit / 2);
}

export function UsageChart({ meter, from, to }: ChartProps): ReactNode {
  const { name, limit, days } = meter;
  const start = Date.parse(from);
  const span = Math.max(1, (Date.parse(to) - start) / DAY_MS);
  const highest = Math.max(...days.map(({ used }) => used), 1);
  // A limit far above the use would press the line flat: it is told in words instead.
  const showsLimit = typeof limit === 'number' && limit <= highest * 3;
  const top = ceilingOf(showsLimit ? Math.max(highest, limit) : highest);
  const x = (day: string): number =>
    EDGE.left + ((Date.parse(day) - start) / DAY_MS / span) * (WIDTH - EDGE.left - EDGE.right);
  const y = (value: number): number => HEIGHT - EDGE.bottom - (value / top) * (HEIGHT - EDGE.top - EDGE.bottom);
  const points = days.map(({ day, used }) => `${x(day).toFixed(1)},${y(used).toFixed(1)}`);
  const [first, last] = [days[0], days.at(-1)];
  const floor = HEIGHT - EDGE.bottom;
  return (
    <figure className="usage">
      <figcaption>
        <strong>{limitTitle(name)}</strong>{' '}
        <span className="quiet">
          {last === undefined ? '' : `${amountText(name, last.used)} on ${dayText(last.day)}, `}limit{' '}
          {limitOf(name, limit)}
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${limitTitle(name)} from ${dayText(from)} to ${dayText(to)}; the table below has the numbers`}
      >
        <line className="usage-axis" x1={EDGE.left} x2={WIDTH - EDGE.right} y1={floor} y2={floor} />
        <text className="usage-text" x={EDGE.left} y={EDGE.top - 3}>
          {amountText(name, top)}
        </text>
        <text className="usage-text" x={EDGE.left} y={HEIGHT - 6}>
          {dayText(from)}
        </text>
        <text className="usage-text" x={WIDTH - EDGE.right} y={HEIGHT - 6} textAnchor="end">
          {dayText(to)}
        </text>
        {showsLimit && (
          <line className="usage-limit" x1={EDGE.left} x2={WIDTH - EDGE.right} y1={y(limit)} y2={y(limit)} />
        )}
        {first !== undefined && last !== undefined && days.length > 1 && (
          <>
            <polygon
              className="usage-area"
              points={`${x(first.day)},${floor} ${points.join(' ')} ${x(last.day)},${floor}`}
            />
            <polyline className="usage-line" points={points.join(' ')} />
          </>
        )}
        {days.length <= 60 &&
          days.map(({ day, used }) => (
            <circle key={day} className="usage-point" cx={x(day)} cy={y(used)} r={days.length > 30 ? 2 : 3}>
              <title>{`${dayText(day)}: ${amountText(name, used)}`}</title>
            </circle>
          ))}
      </svg>
      <details>
        <summary>As a table</summary>
        <div className="usage-table">
          <DataTable
            label={`${limitTitle(name)} day by day`}
            minWidth={200}
            rows={[...days].reverse()}
            keyOf={({ day }) => day}
            columns={[
              { title: 'Day', cell: ({ day }) => dayText(day) },
              { title: 'Used', isNumber: true, cell: ({ used }) => amountText(name, used) },
            ]}
          />
        </div>
      </details>
    </figure>
  );
}
