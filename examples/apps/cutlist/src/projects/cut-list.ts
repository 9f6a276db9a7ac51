import type { Act } from '../act.ts';
import { auditAct } from '../audit/list-audit.ts';
import { type CutListDocument, toDocument } from '../cutting/export-cut-list.ts';
import { toUm } from '../cutting/length.ts';
import { type Piece, planCuts } from '../cutting/plan-cuts.ts';
import { loadSettings } from '../settings/settings.ts';
import { loadProject } from './projects.ts';
import type { Line } from './read-project.ts';

/** Computed each time: from the project as it stands and the workshop's kerf. */
export async function computeCutList(act: Act, projectId: string): Promise<CutListDocument> {
  const project = await loadProject(act, projectId);
  const kerfUm = toUm((await loadSettings(act)).kerfMm);
  const plan = planCuts({ boards: project.boards.map(toPiece), parts: project.parts.map(toPiece), kerfUm });
  return toDocument(project, kerfUm, plan);
}

/** As `computeCutList`, for a file that leaves the application: that is on record. */
export async function exportCutList(act: Act, projectId: string, format: 'csv' | 'json'): Promise<CutListDocument> {
  const document = await computeCutList(act, projectId);
  await auditAct(act, 'cut_list.exported', { project: projectId, format });
  return document;
}

const toPiece = (line: Line): Piece => ({
  label: line.label,
  material: line.material,
  lengthUm: toUm(line.lengthMm),
  quantity: line.quantity,
});
