/** Planned against actual, phase by phase, with what is to be expected. A picture, and the same as a table. */
import { Group, Table, Text } from '@mantine/core';
import { memo, type ReactNode } from 'react';
import { useApi } from '../../api/use-api.ts';
import { ScrollX, Section } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Status } from '../../parts/status.tsx';
import { Day, dayText, spanText, Time } from '../../parts/time.tsx';
import type { Outlook } from './use-run.ts';

const ROW = 44;
const LABEL = 190;
const WIDTH = 900;
const TOP = 26;

export const Timeline = memo(function Timeline({ run }: { readonly run: string }): ReactNode {
  const outlook = useApi('GET /api/v1/runs/{run}/outlook', { path: { run } });
  return (
    <Section title="Timeline">
      <Loaded of={outlook}>
        {(found) => (
          <>
            <GoLive outlook={found} />
            <ScrollX label="Timeline as a picture">
              <Picture outlook={found} />
            </ScrollX>
            <details>
              <summary>As a table</summary>
              <AsTable outlook={found} />
            </details>
          </>
        )}
      </Loaded>
    </Section>
  );
});

export const GoLive = ({ outlook }: { readonly outlook: Outlook }): ReactNode => {
  const { go_live: agreed, forecast_go_live: expected, late_ms: lateMs } = outlook;
  if (agreed === null && expected === null) return null;
  return (
    <Group gap="sm" mb="sm">
      {agreed !== null && (
        <Text size="sm">
          Go-live agreed: <strong>{dayText(agreed)}</strong>
        </Text>
      )}
      {expected !== null && (
        <Text size="sm">
          Forecast: <strong>{dayText(expected)}</strong>
        </Text>
      )}
      {lateMs > 0 ? (
        <Status of="late">{spanText(lateMs)} late</Status>
      ) : (
        agreed !== null && <Status of="passed">in time</Status>
      )}
    </Group>
  );
};

interface Scale {
  readonly from: number;
  readonly to: number;
  readonly x: (iso: string) => number;
}

function scaleOf(outlook: Outlook): Scale {
  const times = outlook.phases
    .flatMap(({ planned, actual, forecast }) => [
      planned?.from,
      planned?.to,
      actual?.from,
      actual?.to,
      forecast?.from,
      forecast?.to,
    ])
    .flatMap((iso) => (iso === undefined || iso === null ? [] : [Date.parse(iso)]));
  const from = Math.min(Date.parse(outlook.now), ...times);
  const to = Math.max(Date.parse(outlook.now) + 3_600_000, ...times);
  return { from, to, x: (iso) => LABEL + ((Date.parse(iso) - from) / (to - from)) * (WIDTH - LABEL - 10) };
}

const MIN_BAR = 3;
/** Nearer to each other than this the words over two lines would lie on one another. */
const CROWDED = 50;

function Picture({ outlook }: { readonly outlook: Outlook }): ReactNode {
  const scale = scaleOf(outlook);
  const height = TOP + outlook.phases.length * ROW;
  const now = scale.x(outlook.now);
  const live = outlook.go_live === null ? undefined : scale.x(outlook.go_live);
  const width = (span: { readonly from: string; readonly to: string }): number =>
    Math.max(MIN_BAR, scale.x(span.to) - scale.x(span.from));
  return (
    <svg
      className="timeline"
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="img"
      aria-label="Timeline: planned, actual and expected times of each phase. The table below says the same."
    >
      {outlook.phases.map((phase, index) => {
        const y = TOP + index * ROW;
        const ran = phase.actual === null ? null : { from: phase.actual.from, to: phase.actual.to ?? outlook.now };
        return (
          <g key={phase.id}>
            <line x1={0} x2={WIDTH} y1={y} y2={y} className="tl-line" />
            <text x={0} y={y + 26} className="tl-label">
              {phase.title.length > 26 ? `${phase.title.slice(0, 25)}…` : phase.title}
            </text>
            {phase.planned !== null && (
              <rect
                x={scale.x(phase.planned.from)}
                y={y + 8}
                width={width(phase.planned)}
                height={10}
                rx={3}
                className="tl-planned"
              />
            )}
            {phase.forecast !== null && phase.actual?.to == null && (
              <rect
                x={scale.x(phase.forecast.from)}
                y={y + 23}
                width={width(phase.forecast)}
                height={10}
                rx={3}
                className={phase.standing === 'late' ? 'tl-late' : 'tl-forecast'}
              />
            )}
            {ran !== null && (
              <rect x={scale.x(ran.from)} y={y + 23} width={width(ran)} height={10} rx={3} className="tl-actual" />
            )}
          </g>
        );
      })}
      <line x1={now} x2={now} y1={TOP - 6} y2={height} className="tl-now" />
      <text
        x={Math.min(now, WIDTH - 40)}
        y={14}
        className="tl-legend"
        textAnchor={live !== undefined && Math.abs(now - live) < CROWDED ? (now < live ? 'end' : 'start') : 'middle'}
        dx={live !== undefined && Math.abs(now - live) < CROWDED ? (now < live ? -30 : 30) : 0}
      >
        now
      </text>
      {live !== undefined && <Mark x={live} height={height} />}
    </svg>
  );
}

const Mark = ({ x, height }: { readonly x: number; readonly height: number }): ReactNode =>
  x < LABEL || x > WIDTH ? null : (
    <>
      <line x1={x} x2={x} y1={TOP - 6} y2={height} className="tl-live" />
      <text x={Math.min(x, WIDTH - 30)} y={14} className="tl-legend" textAnchor="middle">
        go-live
      </text>
    </>
  );

const AsTable = ({ outlook }: { readonly outlook: Outlook }): ReactNode => (
  <Table.ScrollContainer minWidth={640}>
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Phase</Table.Th>
          <Table.Th>Planned</Table.Th>
          <Table.Th>Actual</Table.Th>
          <Table.Th>Expected to end</Table.Th>
          <Table.Th>Standing</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {outlook.phases.map((phase) => (
          <Table.Tr key={phase.id}>
            <Table.Td>{phase.title}</Table.Td>
            <Table.Td>
              <Day at={phase.planned?.from} /> to <Day at={phase.planned?.to} />
            </Table.Td>
            <Table.Td>
              <Time at={phase.actual?.from} />
              {phase.actual?.to != null && (
                <>
                  {' to '}
                  <Time at={phase.actual.to} />
                </>
              )}
            </Table.Td>
            <Table.Td>
              <Day at={phase.forecast?.to} />
            </Table.Td>
            <Table.Td>{phase.standing === null ? '–' : <Status of={phase.standing} />}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </Table.ScrollContainer>
);
