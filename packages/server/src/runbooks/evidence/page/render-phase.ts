import type { Act, Comment, Json, Phase, Step, StepState } from '@tenantry/runbook';
import type { RecordedEvidence, RecordedRun } from '../core/recorded-run.ts';
import { type Html, html } from './html.ts';
import type { PageContent } from './page-content.ts';
import { renderArtifact } from './render-artifact.ts';
import { describeValue, kindWord, proofWord, stepWord, timeOf, verdictWord } from './words.ts';

const PHASE_WORDS: Readonly<Record<string, string>> = {
  pending: 'not reached',
  waiting: 'waiting to open',
  open: 'open',
  passed: 'closed',
  skipped: 'skipped',
};

export function renderPhase(content: PageContent, phase: Phase): Html {
  const state = content.run.state.phases[phase.id];
  const overridden = content.run.events.flatMap(({ event }) =>
    event.type === 'gate_overridden' && event.phase === phase.id ? [event] : [],
  );
  return html`<section aria-labelledby="phase-${phase.id}">
<h2 id="phase-${phase.id}">${phase.title} <span class="quiet">(${PHASE_WORDS[state?.status ?? 'pending']})</span></h2>
<p class="quiet">${state?.openedAt !== undefined && ['Opened ', timeOf(state.openedAt), '. ']}${state?.doneAt !== undefined && ['Done ', timeOf(state.doneAt), '. ']}${state?.blockedBy !== undefined && `Held by: ${state.blockedBy.join('; ')}.`}</p>
${overridden.map((event) => html`<p class="status bad">The gate line "${event.label}" was overridden by ${event.by.name}, ${roleTitle(content.run, event.by.role)}, ${timeOf(event.at)}: ${event.reason}</p>`)}
${(state?.comments ?? []).map((comment) => renderComment(content.run, comment))}
${phase.steps.map((step) => renderStep(content, step))}
</section>`;
}

function renderStep({ run, artifacts }: PageContent, step: Step): Html {
  const state = run.state.steps[step.id];
  if (state === undefined) return html``;
  const status = stepWord(state.status);
  const evidence = run.evidence.filter((row) => row.step === step.id);
  const left = artifacts.filter((artifact) => artifact.step === step.id);
  return html`<article class="${status.tone}" aria-labelledby="step-${step.id}">
<h3 id="step-${step.id}">${step.title}</h3>
<p class="status">${status.text}</p>
<p class="quiet">${kindWord(step.body.kind)} <code>${step.id}</code>${timesOf(state)}</p>
${askedOf(step)}
${reasonOf(state)}
${(state.comments ?? []).map((comment) => renderComment(run, comment))}
${renderTicks(run, step, state)}
${state.acts.map((act) => renderAct(run, act, evidence))}
${state.override !== undefined && html`<p>Overridden by ${state.override.by}, ${timeOf(state.override.at)}: ${state.override.reason}</p>`}
${evidence.map(renderEvidence)}
${left.length > 0 && html`<h4>Left behind</h4><ul class="values">${left.map((artifact) => html`<li>${renderArtifact(artifact)} <span class="hash">${artifact.sha256}</span></li>`)}</ul>`}
</article>`;
}

/** What a person was asked to do, allow or accept, as the runbook words it. */
function askedOf({ body }: Step): Html | false {
  switch (body.kind) {
    case 'task':
      return html`<p class="text">${body.text}</p>`;
    case 'sign_off':
      return html`<p>Statement: <span class="text">${body.statement}</span> About: ${body.of.join(', ')}.</p>`;
    case 'approve':
      return html`<p>To approve: ${body.of.join(', ')}.</p>`;
    default:
      return false;
  }
}

function timesOf(state: StepState): Html {
  return html`${state.readyAt !== undefined && [', ready ', timeOf(state.readyAt)]}${state.doneAt !== undefined && [', settled ', timeOf(state.doneAt)]}${state.tries > 1 && `, ${state.tries} tries`}${state.round > 1 && `, round ${state.round}`}`;
}

function reasonOf(state: StepState): Html | false {
  if (state.skipReason !== undefined) return html`<p>Why: ${state.skipReason}</p>`;
  return (
    state.failure !== undefined &&
    html`<p>${state.failure.message} <span class="quiet">(${state.failure.code})</span></p>`
  );
}

const DECISION_WORDS: Readonly<Record<Act['decision'], string>> = { done: 'did this', yes: 'said yes', no: 'said no' };

/** The state names who acted; whether it was a seeded identity stands in the evidence of the same act. */
function renderAct(run: RecordedRun, act: Act, evidence: readonly RecordedEvidence[]): Html {
  const development = evidence.some((row) => row.actor.id === act.personId && row.actor.development);
  return html`<p><strong>${act.name}</strong>${development && ' (development identity)'}, ${roleTitle(run, act.role)},
${DECISION_WORDS[act.decision]} ${timeOf(act.at)}.${act.note !== undefined && html` Note: <span class="text">${act.note}</span>`}${act.hash !== undefined && html` Bound to SHA-256 <span class="hash">${act.hash}</span>`}</p>`;
}

/** The items people ticked, in the order of the checklist. */
function renderTicks(run: RecordedRun, { body }: Step, { ticked = {} }: StepState): Html | false {
  const items = body.kind === 'task' ? body.checklist.filter(({ id }) => Object.hasOwn(ticked, id)) : [];
  return (
    items.length > 0 &&
    html`<ul class="values">${items.map((item) => {
      const tick = ticked[item.id];
      return (
        tick !== undefined &&
        html`<li><span class="text">${item.item}</span>: ${tick.name}, ${roleTitle(run, tick.role)}, ${timeOf(tick.at)}.${tick.note !== undefined && html` Note: <span class="text">${tick.note}</span>`}${tick.link !== undefined && html` Link: <span class="text">${tick.link}</span>`}${tick.hash !== undefined && html` File with SHA-256 <span class="hash">${tick.hash}</span>`}</li>`
      );
    })}</ul>`
  );
}

const renderComment = (run: RecordedRun, { name, role, at, text, round }: Comment): Html =>
  html`<p><strong>${name}</strong>, ${roleTitle(run, role)}, said ${timeOf(at)}${round > 1 && `, in round ${round}`}: <span class="text">${text}</span></p>`;

function roleTitle(run: RecordedRun, role: string): string {
  const { roles } = run.runbook.definition;
  return (Object.hasOwn(roles, role) ? roles[role]?.title : undefined) ?? role;
}

function renderEvidence(row: RecordedEvidence): Html {
  const verdict = verdictWord(row.ok);
  return html`<h4>${proofWord(row.kind)}${row.round > 1 && `, round ${row.round}`}${row.try > 1 && `, try ${row.try}`}</h4>
<dl>
${verdict !== undefined && html`<dt>Verdict</dt><dd class="status ${verdict.tone}">${verdict.text}</dd>`}
${hasContent(row.expected) && html`<dt>Expected</dt><dd>${describeValue(row.expected)}</dd>`}
<dt>Found</dt><dd>${describeValue(row.actual)}</dd>
<dt>By</dt><dd>${row.actor.name}${row.actor.development && ' (development identity)'}, ${timeOf(row.at)}</dd>
</dl>`;
}

const hasContent = (value: Json): boolean =>
  value !== null && (typeof value !== 'object' || Object.keys(value).length > 0);
