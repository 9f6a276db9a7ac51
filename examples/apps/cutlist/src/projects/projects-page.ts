import type { Visitor } from '../sessions/load-session.ts';
import { html, type SafeHtml } from '../ui/html.ts';
import { formatTime } from '../ui/time.ts';
import type { ProjectSummary } from './projects.ts';

export const mayWrite = (visitor: Visitor): boolean => visitor.role !== 'viewer';

export function renderProjects(visitor: Visitor, projects: readonly ProjectSummary[]): SafeHtml {
  const add = mayWrite(visitor) ? html`<a class="button" href="/projects/new">New project</a>` : undefined;
  return html`<div class="title"><h1>Projects</h1>${add}</div>
    ${projects.length === 0 ? renderNone() : renderTable(projects)}`;
}

const renderNone = (): SafeHtml => html`<section class="card empty">
  <h2>No projects yet</h2>
  <p>A project lists the boards you have and the parts you need. The cut list follows from both.</p>
</section>`;

const renderTable = (projects: readonly ProjectSummary[]): SafeHtml => html`<div class="scroll"><table>
  <thead><tr><th scope="col">Project</th><th scope="col" class="number">Boards</th>
    <th scope="col" class="number">Parts</th><th scope="col">Last change</th></tr></thead>
  <tbody>${projects.map(
    (project) => html`<tr>
      <th scope="row"><a href="/projects/${project.id}">${project.name}</a></th>
      <td class="number">${project.boards}</td><td class="number">${project.parts}</td>
      <td>${formatTime(project.updatedAt)}</td></tr>`,
  )}</tbody>
</table></div>`;
