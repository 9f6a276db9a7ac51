import { createHash } from 'node:crypto';
import { parse as parsePath } from 'node:path';
import { bug, canonicalJson, TenantryError } from '@tenantry/contract';
import { type Catalog, lintRunbook, type Runbook, signaturesOf } from '@tenantry/runbook';
import { type Ctx, permit } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import { newestRunbooks } from './load-runbook.ts';

export interface RunbookFiles {
  /** Name shown in faults. */
  readonly file: string;
  readonly source: string;
  /** Everything the runbook may name by path: intake schemas, templates, fixtures. Others are left out. */
  readonly files: Readonly<Record<string, string>>;
}

export interface Publication {
  readonly runbook: Runbook;
  readonly hash: string;
  /** False when this very version was published before. */
  readonly isNew: boolean;
}

/**
 * Publishes a version. A published version never changes: the same version with other content is refused.
 *
 * @throws runbook.invalid with every lint fault; runbook.version_exists
 */
export async function publishRunbook(ctx: Ctx, handed: RunbookFiles, catalog: Catalog): Promise<Publication> {
  permit(ctx.actor, 'runbooks:write');
  const input = { ...handed, files: namedBy(handed.source, handed.files) };
  const runbooks = { ...signaturesOf(await newestRunbooks(ctx.tx)), ...catalog.runbooks };
  const runbook = lintClean(input, { ...catalog, runbooks });
  const hash = runbookHash(runbook, input.files);
  const existing = await ctx.tx.query<{ hash: string }>(
    'select hash from runbook_versions where runbook_id = $1 and version = $2',
    [runbook.id, runbook.version],
  );
  const before = existing.rows[0];
  if (before?.hash === hash) return { runbook, hash, isNew: false };
  if (before !== undefined) {
    throw new TenantryError(
      'runbook.version_exists',
      `${runbook.id} ${runbook.version} was published before with other content.`,
      {
        next: 'Give the changed runbook a new version; runs that use the old one keep it.',
        facts: { published: before.hash, offered: hash },
      },
    );
  }
  await ctx.tx.query(
    `insert into runbook_versions (runbook_id, version, hash, source, definition, files, published_by, published_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      runbook.id,
      runbook.version,
      hash,
      input.source,
      JSON.stringify(runbook),
      JSON.stringify(input.files),
      JSON.stringify(ctx.actor),
      ctx.now,
    ],
  );
  await recordAudit(ctx, {
    action: 'runbook.published',
    subject: { kind: 'runbook', id: `${runbook.id}@${runbook.version}`, name: runbook.title },
    detail: { hash },
  });
  return { runbook, hash, isNew: true };
}

/**
 * A version is bound to the files it names, so a change to another runbook's template does not touch it. Mail
 * templates are named without folder and ending.
 */
const namedBy = (source: string, files: RunbookFiles['files']): RunbookFiles['files'] =>
  Object.fromEntries(
    Object.entries(files).filter(
      ([path]) => source.includes(path) || source.includes(`template: ${parsePath(path).name}`),
    ),
  );

function lintClean(input: RunbookFiles, catalog: Catalog): Runbook {
  const read = (path: string): string | undefined => input.files[path.replace(/^\.\//, '')];
  const { runbook, faults } = lintRunbook(input.source, { file: input.file, read, catalog });
  const errors = faults.filter((fault) => fault.severity === 'error');
  if (errors.length > 0) {
    throw new TenantryError(
      'runbook.invalid',
      `${input.file} has ${errors.length} fault${errors.length === 1 ? '' : 's'}.`,
      {
        faults: errors,
        next: 'Mend the lines named, then publish again. `tenantry runbook lint` shows them in place.',
      },
    );
  }
  if (runbook === undefined) throw bug('lint found no fault and gave no runbook');
  return runbook;
}

/** What approvals and runs are bound to. */
export const runbookHash = (runbook: Runbook, files: RunbookFiles['files']): string =>
  createHash('sha256')
    .update(canonicalJson({ definition: runbook, files }))
    .digest('hex');
