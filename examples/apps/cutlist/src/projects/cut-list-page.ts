import type { CutListDocument } from '../cutting/export-cut-list.ts';
import { formatLength, type Unit } from '../cutting/length.ts';
import type { Integration } from '../integrations/integrations.ts';
import type { Visitor } from '../sessions/load-session.ts';
import type { Settings } from '../settings/settings.ts';
import { html, type SafeHtml } from '../ui/html.ts';
import { csrfField } from '../ui/page.ts';
import { mayWrite } from './projects-page.ts';

type Board = CutListDocument['boards'][number];

const WIDTH = 1_000;
const HEIGHT = 46;
/** Narrower than this, a part's length would run over its edges. */
const LABEL_WIDTH_MIN = 56;

/** How a cut list is shown, and where it may go. */
interface Workshop extends Settings {
  readonly integrations: readonly Integration[];
}

export function renderCutList(visitor: Visitor, document: CutListDocument, workshop: Workshop): SafeHtml {
  const { id, name } = document.project;
  const edit = mayWrite(visitor) ? html`<a class="button" href="/projects/${id}/edit">Edit</a>` : undefined;
  const longest = Math.max(...document.boards.map((board) => board.lengthMm), 0);
  return html`<p class="crumb"><a href="/projects">Projects</a></p>
    <div class="title"><h1>${name}</h1><div class="buttons">
      <a class="button quiet" href="/projects/${id}/cut-list.csv" download>Export CSV</a>
      <a class="button quiet" href="/projects/${id}/cut-list.json" download>Export JSON</a>
      ${mayWrite(visitor) ? workshop.integrations.map(({ name }) => renderSend(visitor, id, name)) : undefined}${edit}</div></div>
    ${renderUnplaced(document, workshop.unit)}
    ${document.boards.length === 0 ? renderNothing() : renderTotals(document, workshop)}
    <ul class="boards">${groupRuns(document.boards).map((run) => renderRun(run, longest, workshop))}</ul>`;
}

const renderSend = (visitor: Visitor, project: string, integration: string): SafeHtml =>
  html`<form method="post" action="/projects/${project}/send">${csrfField(visitor.token)}
    <button class="quiet" name="integration" value="${integration}">Send to ${integration}</button></form>`;

const renderNothing = (): SafeHtml => html`<section class="card empty">
  <h2>Nothing to cut yet</h2>
  <p>Add boards and the parts to cut from them.</p>
</section>`;

function renderUnplaced({ unplaced }: CutListDocument, unit: Unit): SafeHtml | undefined {
  if (unplaced.length === 0) return undefined;
  return html`<div class="faults" role="alert"><p>No board is left for these parts:</p><ul>${unplaced.map(
    (part) =>
      html`<li>${part.quantity} × ${part.label}, ${formatLength(part.lengthMm, unit)} ${unit}${
        part.material === '' ? undefined : `, ${part.material}`
      }</li>`,
  )}</ul></div>`;
}

function renderTotals({ boards, totals, kerfMm }: CutListDocument, { unit }: Settings): SafeHtml {
  const length = (mm: number): string => `${formatLength(mm, unit)} ${unit}`;
  return html`<dl class="totals">
    <div><dt>Boards used</dt><dd>${boards.length}</dd></div>
    <div><dt>Yield</dt><dd>${(totals.yield * 100).toFixed(1)} %</dd></div>
    <div><dt>Offcuts</dt><dd>${length(totals.offcutMm)}</dd></div>
    <div><dt>Sawdust, kerf ${length(kerfMm)}</dt><dd>${length(totals.kerfMm)}</dd></div>
  </dl>`;
}

/** Boards next to each other that are cut alike; `first` counts from 1, as in the exports. */
interface Run {
  readonly first: number;
  readonly board: Board;
  count: number;
}

function groupRuns(boards: readonly Board[]): Run[] {
  const runs: Run[] = [];
  for (const [index, board] of boards.entries()) {
    const run = runs.at(-1);
    if (run !== undefined && JSON.stringify(run.board) === JSON.stringify(board)) run.count += 1;
    else runs.push({ first: index + 1, board, count: 1 });
  }
  return runs;
}

function renderRun({ first, board, count }: Run, longestMm: number, { unit, keepOffcutMm }: Settings): SafeHtml {
  const show = (mm: number): string => formatLength(mm, unit);
  const keeps = board.offcutMm > 0 && board.offcutMm >= keepOffcutMm;
  const numbers = count === 1 ? `${first}` : `${first}–${first + count - 1}`;
  const material = board.material === '' ? '' : `${board.material}, `;
  return html`<li class="card board">
    <h2>${numbers}. ${board.label}<small>${material}${show(board.lengthMm)} ${unit}</small>${
      count === 1 ? undefined : html` <span class="tag">${count} alike</span>`
    }</h2>
    <div class="scroll">${renderDrawing(board, longestMm, show)}</div>
    <p>${listParts(board, show)}</p>
    <p class="hint">Offcut ${show(board.offcutMm)} ${unit}${keeps ? html` <span class="tag">keep</span>` : undefined}</p>
  </li>`;
}

/** `2 × Slat 900, 9 × Peg 60`, in cutting order: parts of a kind lie together. */
function listParts(board: Board, show: (mm: number) => string): string {
  const counts = new Map<string, number>();
  for (const part of board.parts) {
    const name = `${part.label} ${show(part.lengthMm)}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => (count === 1 ? name : `${count} × ${name}`)).join(', ');
}

/** To scale with the other boards. Widths are attributes, which the content security policy allows; styles it does not. */
function renderDrawing(board: Board, longestMm: number, show: (mm: number) => string): SafeHtml {
  const scale = (mm: number): number => Math.round((mm / longestMm) * WIDTH * 100) / 100;
  const segments = board.parts.map((part) => {
    const [x, width] = [scale(part.startMm), scale(part.lengthMm)];
    const label =
      width < LABEL_WIDTH_MIN
        ? undefined
        : html`<text x="${x + width / 2}" y="${HEIGHT / 2}">${show(part.lengthMm)}</text>`;
    return html`<g><title>${part.label} ${show(part.lengthMm)}</title>
      <rect class="part" x="${x}" y="1" width="${width}" height="${HEIGHT - 2}" rx="3"/>${label}</g>`;
  });
  const summary = `Board of ${show(board.lengthMm)} with ${board.parts.length} parts`;
  return html`<svg class="drawing" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${summary}">
    <rect class="stock" x="0" y="0" width="${scale(board.lengthMm)}" height="${HEIGHT}" rx="3"/>${segments}</svg>`;
}
