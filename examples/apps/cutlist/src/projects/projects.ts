import type { Act } from '../act.ts';
import { auditAct } from '../audit/list-audit.ts';
import type { TenantDb } from '../db/in-tenant.ts';
import { notFound } from '../http/answer-error.ts';
import { assertRoom } from '../tenants/assert-room.ts';
import type { Line, ProjectInput } from './read-project.ts';

export interface ProjectSummary {
  readonly id: string;
  readonly name: string;
  readonly boards: number;
  readonly parts: number;
  readonly updatedAt: Date;
}

export interface Project extends ProjectInput {
  readonly id: string;
  readonly updatedAt: Date;
}

/** Newest change first; row-level security leaves the visitor's own. */
export async function listProjects({ db }: Act): Promise<readonly ProjectSummary[]> {
  const { rows } = await db.query<ProjectSummary>(
    `select p.id, p.name, p.updated_at as "updatedAt",
            (select coalesce(sum(quantity), 0)::int from boards b where b.project_id = p.id) as boards,
            (select coalesce(sum(quantity), 0)::int from parts q where q.project_id = p.id) as parts
       from projects p order by p.updated_at desc, p.id`,
  );
  return rows;
}

/** The project, or the refusal `not_found`: the same for another tenant's as for none. */
export async function loadProject({ db }: Act, id: string): Promise<Project> {
  const { rows } = await db.query<{ id: string; name: string; updated_at: Date }>(
    'select id, name, updated_at from projects where id = $1',
    [id],
  );
  const row = rows[0];
  if (row === undefined) throw notFound();
  const boards = await readLines(db, 'boards', id);
  const parts = await readLines(db, 'parts', id);
  return { id: row.id, name: row.name, updatedAt: row.updated_at, boards, parts };
}

export async function createProject(act: Act, input: ProjectInput): Promise<Project> {
  await assertRoom(act, 'projects');
  const { rows } = await act.db.query<{ id: string }>(
    'insert into projects (tenant_id, name) values ($1, $2) returning id',
    [act.visitor.tenantId, input.name],
  );
  const id = rows[0]?.id ?? '';
  await writeLines(act, id, input);
  await auditAct(act, 'project.created', { project: id, name: input.name });
  return await loadProject(act, id);
}

export async function editProject(act: Act, id: string, input: ProjectInput): Promise<Project> {
  const { rowCount } = await act.db.query('update projects set name = $2 where id = $1', [id, input.name]);
  if (rowCount !== 1) throw notFound();
  await act.db.query('delete from boards where project_id = $1', [id]);
  await act.db.query('delete from parts where project_id = $1', [id]);
  await writeLines(act, id, input);
  await auditAct(act, 'project.edited', { project: id, name: input.name });
  return await loadProject(act, id);
}

export async function deleteProject(act: Act, id: string): Promise<void> {
  const { rows } = await act.db.query<{ name: string }>('delete from projects where id = $1 returning name', [id]);
  const row = rows[0];
  if (row === undefined) throw notFound();
  await auditAct(act, 'project.deleted', { project: id, name: row.name });
}

async function readLines(db: TenantDb, table: 'boards' | 'parts', projectId: string): Promise<Line[]> {
  const { rows } = await db.query<{ label: string; material: string; length_mm: string; quantity: number }>(
    `select label, material, length_mm, quantity from ${table} where project_id = $1 order by position`,
    [projectId],
  );
  // PostgreSQL hands numeric over as text; three places and eight digits are exact in a double's display.
  return rows.map(({ label, material, length_mm, quantity }) => ({
    label,
    material,
    lengthMm: Number(length_mm),
    quantity,
  }));
}

async function writeLines(act: Act, projectId: string, input: ProjectInput): Promise<void> {
  for (const table of ['boards', 'parts'] as const) {
    const lines = input[table];
    await act.db.query(
      `insert into ${table} (tenant_id, project_id, position, label, material, length_mm, quantity)
       select $1, $2, position, label, material, length_mm, quantity
         from unnest($3::text[], $4::text[], $5::numeric[], $6::int[])
              with ordinality as line (label, material, length_mm, quantity, position)`,
      [
        act.visitor.tenantId,
        projectId,
        lines.map((line) => line.label),
        lines.map((line) => line.material),
        lines.map((line) => line.lengthMm),
        lines.map((line) => line.quantity),
      ],
    );
  }
}
