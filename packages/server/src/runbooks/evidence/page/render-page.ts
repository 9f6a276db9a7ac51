import { createHash } from 'node:crypto';
import { toWireId } from '@tenantry/contract';
import { stepsOf } from '@tenantry/runbook';
import type { NamedArtifact } from '../core/artifact-names.ts';
import type { RecordedRun } from '../core/recorded-run.ts';
import { type Html, html } from './html.ts';
import type { PageContent } from './page-content.ts';
import { renderArtifact } from './render-artifact.ts';
import { renderPhase } from './render-phase.ts';
import { STYLES } from './styles.ts';
import { describeValue, runWord, timeOf } from './words.ts';

/** Holds whatever a field may try: nothing is fetched, run or embedded, and only this stylesheet applies. */
const POLICY = `default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-${createHash('sha256').update(STYLES).digest('base64')}'`;

/** The page of a pack, for the client as much as for an auditor: readable on screen and on paper, without scripts. */
export function renderPage(content: PageContent): Uint8Array {
  const { run } = content;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Evidence: ${run.meta.title}</title>
<style>`;
  const body = html`</style>
</head>
<body>
<a class="skip" href="#content">Skip to the record</a>
<header>
<p class="quiet">Evidence of a run</p>
<h1>${run.meta.title}</h1>
${aboutRun(content)}
</header>
<main id="content">
${outcome(run)}
<h2>What was done</h2>
${run.runbook.definition.phases.map((phase) => renderPhase(content, phase))}
${artifactTable(content.artifacts)}
${ledger(run)}
${proof(content)}
</main>
</body>
</html>
`;
  return Buffer.from(`${page.text}${STYLES}${body.text}`);
}

function aboutRun({ run }: PageContent): Html {
  const { meta, runbook } = run;
  const status = runWord(run.state.status);
  const tenant = run.state.facts.tenant;
  return html`<dl>
<dt>Status</dt><dd class="status ${status.tone}">${status.text}</dd>
<dt>Run</dt><dd class="hash">${toWireId('run', run.id)}</dd>
${tenant !== null && html`<dt>Tenant</dt><dd>${String(tenant.name ?? meta.tenantSlug ?? '')} <span class="hash">${meta.tenantId}</span></dd>`}
${meta.productId !== null && html`<dt>Product</dt><dd>${meta.productId}</dd>`}
<dt>Started by</dt><dd>${meta.startedBy.name}</dd>
<dt>Started</dt><dd>${timeOf(run.createdAt)}</dd>
<dt>${run.endedAt === null ? 'Last moved' : 'Ended'}</dt><dd>${timeOf(run.endedAt ?? run.updatedAt)}</dd>
<dt>Runbook</dt><dd>${runbook.definition.title}, version ${runbook.definition.version}, SHA-256 <span class="hash">${runbook.hash}</span></dd>
<dt>Runbook approved by</dt><dd>${approvals(run)}</dd>
</dl>`;
}

function approvals({ runbook }: RecordedRun): Html {
  if (runbook.approvals.length === 0) return html`<span class="quiet">nobody</span>`;
  return html`<ul class="plain">${runbook.approvals.map(
    (approval) =>
      html`<li>${approval.name}, ${titleOf(runbook.definition.roles, approval.role)}, ${timeOf(approval.at)}${approval.development && ' (development approval)'}</li>`,
  )}</ul>`;
}

const titleOf = (roles: RecordedRun['runbook']['definition']['roles'], role: string): string =>
  (Object.hasOwn(roles, role) ? roles[role]?.title : undefined) ?? role;

function outcome(run: RecordedRun): Html {
  const steps = stepsOf(run.runbook.definition).map((step) => run.state.steps[step.id]?.status);
  const count = (...statuses: readonly string[]) =>
    steps.filter((status) => status !== undefined && statuses.includes(status)).length;
  const { ending } = run.state;
  return html`<h2>Outcome</h2>
<p>Of ${steps.length} steps, ${count('passed')} passed, ${count('overridden')} were overridden,
${count('failed', 'uncertain', 'undo_failed')} failed, ${count('skipped')} were skipped and
${count('undone')} were taken back.</p>
${ending !== undefined && html`<p>${ending.by} ended the run early (${ending.undo ? 'what it made was to be taken back' : 'what it made was to be kept'}): ${ending.reason}</p>`}
<h3>What the run started from</h3>
${describeValue(run.state.facts.intake)}`;
}

function artifactTable(artifacts: readonly NamedArtifact[]): Html {
  if (artifacts.length === 0) return html`<h2>Artifacts</h2><p>The run left none.</p>`;
  return html`<h2>Artifacts</h2>
<div class="wide"><table><caption>Files and links the run left, with their SHA-256</caption>
<thead><tr><th scope="col">Name</th><th scope="col">Step</th><th scope="col">Left</th><th scope="col">SHA-256</th></tr></thead>
<tbody>${artifacts.map(
    (artifact) =>
      html`<tr><th scope="row">${renderArtifact(artifact)}</th><td>${artifact.step}</td><td>${timeOf(artifact.at)}</td><td class="hash">${artifact.sha256}</td></tr>`,
  )}</tbody></table></div>`;
}

const CLAIM_WORDS: Readonly<Record<string, string>> = {
  created: 'Made by this run',
  changed: 'Changed by this run',
  adopted: 'Found and used; never deleted',
};
const LEDGER_WORDS: Readonly<Record<string, string>> = {
  standing: 'stands',
  undone: 'taken back',
  left: 'left standing',
};

function ledger({ resources }: RecordedRun): Html {
  if (resources.length === 0) return html`<h2>Ledger</h2><p>The run made and adopted nothing.</p>`;
  return html`<h2>Ledger</h2>
<div class="wide"><table><caption>What the run made, changed or adopted in other systems, in order</caption>
<thead><tr><th scope="col">Resource</th><th scope="col">Id there</th><th scope="col">By step</th><th scope="col">How</th><th scope="col">Now</th></tr></thead>
<tbody>${resources.map(
    (resource) =>
      html`<tr><th scope="row">${resource.name} <span class="quiet">${resource.kind}</span></th><td class="hash">${resource.externalId}</td><td>${resource.step}</td><td>${CLAIM_WORDS[resource.claim] ?? resource.claim}, ${timeOf(resource.madeAt)}</td><td>${LEDGER_WORDS[resource.status] ?? resource.status}${resource.undoneAt !== null && [', ', timeOf(resource.undoneAt)]}</td></tr>`,
  )}</tbody></table></div>`;
}

function proof({ run, audit, keyId }: PageContent): Html {
  const checkpoint = audit.covering ?? audit.newest;
  const sealed = audit.rows.filter((row) => row.link !== null).length;
  const mended = run.events.some(({ event }) => event.type === 'intake_mended');
  return html`<h2>How to check this</h2>
<p>This page tells what the files beside it hold. <code>manifest.json</code> lists every file with its size and
SHA-256; <code>manifest.sig.json</code> holds an Ed25519 signature over it by the key <span class="hash">${keyId}</span>.
<code>events.json</code> holds the ${run.events.length} events that moved the run${mended ? ', its intake mended on the way' : '; replayed, they lead to the state in run.json'}. The
<code>tenantry</code> command line checks all of it without a network; give it the public key as you noted it down
earlier.</p>
<dl>
<dt>Audit rows</dt><dd>${audit.rows.length}, of which ${sealed} stand in the hash chain</dd>
${checkpoint !== null && html`<dt>Signed checkpoint</dt><dd>of ${timeOf(checkpoint.at)} at position ${checkpoint.position}, chain hash <span class="hash">${checkpoint.chainHash}</span></dd>`}
</dl>`;
}
