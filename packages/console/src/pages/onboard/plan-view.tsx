/** What a run would do, before anything is touched. */
import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../api/operation-types.ts';
import { Status, words } from '../../parts/status.tsx';

type Plan = AnswerOf<'POST /api/v1/plans'>;
type PlanStep = Plan['phases'][number]['steps'][number];

export function PlanView({ plan }: { readonly plan: Plan }): ReactNode {
  const steps = plan.phases.flatMap((phase) => phase.steps);
  const runs = steps.filter(({ decision }) => decision !== 'skipped');
  const changes = runs.reduce((sum, step) => sum + step.changes.length, 0);
  const asked = runs.filter(({ asks }) => asks.length > 0).length;
  const problems = steps.filter(({ problem }) => problem !== null).length;
  return (
    <Stack gap="md">
      <Text>
        {runs.length} of {steps.length} steps run. {counted(changes, 'change is', 'changes are')} made,{' '}
        {counted(asked, 'step asks', 'steps ask')} somebody
        {problems > 0 ? `, ${problems} could not be planned` : ''}. Nothing has been touched yet.
      </Text>
      {plan.phases.map((phase) => (
        <section key={phase.id} className="section">
          <Title order={3} size="h5">
            {phase.title}
          </Title>
          <ul className="rows">
            {phase.steps.map((step) => (
              <li key={step.step}>
                <Line step={step} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Stack>
  );
}

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** A condition that keeps a step out stands in the plan as `not EXPRESSION`. */
const Reason = ({ text }: { readonly text: string }): ReactNode =>
  text.startsWith('not ') ? (
    <>
      only if <code>{text.slice(4)}</code>
    </>
  ) : (
    text
  );

const Line = ({ step }: { readonly step: PlanStep }): ReactNode => (
  <>
    <div className="what">
      <span className={step.decision === 'skipped' ? 'quiet' : ''}>{step.title}</span>
      {step.asks.length > 0 && <span className="quiet">, asks {step.asks.map(words).join(', ')}</span>}
      {step.changes.map((change) => (
        <Text size="sm" key={`${change.verb} ${change.kind} ${change.name}`}>
          {change.verb} {change.kind} <strong>{change.name}</strong>
        </Text>
      ))}
      {step.reason !== null && (
        <Text size="sm" className="quiet">
          <Reason text={step.reason} />
        </Text>
      )}
      {step.problem !== null && (
        <Text size="sm">
          <Status of="failed">not planned</Status> {step.problem}
        </Text>
      )}
    </div>
    <span>
      {step.point_of_no_return && <Status of="waiting">no way back from here</Status>}{' '}
      {step.decision === 'skipped' ? (
        <Status of="skipped" />
      ) : step.decision === 'depends' ? (
        <Status of="waiting">depends</Status>
      ) : null}
    </span>
  </>
);
