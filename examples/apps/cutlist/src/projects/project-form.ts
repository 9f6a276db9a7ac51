import type { Unit } from '../cutting/length.ts';
import type { Refusal } from '../refusal.ts';
import type { Visitor } from '../sessions/load-session.ts';
import { renderFaults } from '../ui/faults.ts';
import { html, type SafeHtml } from '../ui/html.ts';
import { csrfField } from '../ui/page.ts';
import type { Draft, DraftLine } from './draft.ts';

export interface ProjectForm {
  /** Absent for a new project. */
  readonly id?: string;
  readonly draft: Draft;
  readonly unit: Unit;
  readonly refusal?: Refusal;
}

/** Without scripts no line can be added on the spot: these are always there, and saving brings as many again. */
const SPARE_LINES = 4;
const BLANK: DraftLine = { label: '', material: '', length: '', quantity: '' };

export function renderProjectForm(visitor: Visitor, { id, draft, unit, refusal }: ProjectForm): SafeHtml {
  const back = id === undefined ? '/projects' : `/projects/${id}`;
  return html`<h1>${id === undefined ? 'New project' : 'Edit project'}</h1>
    ${renderFaults(refusal)}
    <form method="post" action="${back}" class="card">
      ${csrfField(visitor.token)}
      <input type="hidden" name="unit" value="${unit}">
      <label for="name">Name</label>
      <input id="name" name="name" required maxlength="200" value="${draft.name}">
      ${renderLines('boards', 'Boards you have', draft.boards, unit)}
      ${renderLines('parts', 'Parts you need', draft.parts, unit)}
      <p class="hint">A part is cut from boards of the same material. Empty lines are left out; save to get more.</p>
      <div class="actions"><button>Save project</button><a class="button quiet" href="${back}">Cancel</a></div>
    </form>
    ${id === undefined ? undefined : renderDeletion(visitor, id)}`;
}

function renderLines(kind: 'boards' | 'parts', title: string, lines: readonly DraftLine[], unit: Unit): SafeHtml {
  const shown = [...lines, ...Array.from({ length: SPARE_LINES }, () => BLANK)];
  const noun = kind === 'boards' ? 'Board' : 'Part';
  return html`<fieldset><legend>${title}</legend><div class="scroll"><table class="entry">
    <thead><tr><th scope="col">Label</th><th scope="col">Material</th><th scope="col">Length (${unit})</th>
      <th scope="col">Quantity</th></tr></thead>
    <tbody>${shown.map((line, index) => {
      const named = (what: string): string => `${noun}, line ${index + 1}: ${what}`;
      return html`<tr>
        <td><input name="${kind}_label" aria-label="${named('label')}" maxlength="100" value="${line.label}"></td>
        <td><input name="${kind}_material" aria-label="${named('material')}" maxlength="100" value="${line.material}"></td>
        <td><input name="${kind}_length" aria-label="${named('length')}" inputmode="decimal" value="${line.length}"></td>
        <td><input name="${kind}_quantity" aria-label="${named('quantity')}" inputmode="numeric" value="${line.quantity}"></td>
      </tr>`;
    })}</tbody></table></div></fieldset>`;
}

const renderDeletion = (visitor: Visitor, id: string): SafeHtml => html`<details class="danger">
  <summary>Delete this project</summary>
  <p>Its boards, parts and cut list go with it. This cannot be undone.</p>
  <form method="post" action="/projects/${id}/delete">${csrfField(visitor.token)}
    <button class="danger">Delete for good</button></form>
</details>`;
