import { bug } from '@tenantry/contract';
import { type Catalog, type Graph, graphOf, type LintFault, lintRunbook, signaturesOf } from '@tenantry/runbook';
import { type Ctx, permit } from '../../access/index.ts';
import {
  listRunbooks,
  loadRunbook,
  type Mode,
  newestRunbooks,
  type PublishedRunbook,
  type RunbookSummary,
} from './load-runbook.ts';

export interface RunbookVersion {
  readonly summary: RunbookSummary;
  readonly published: PublishedRunbook;
  readonly files: readonly string[];
  readonly graph: Graph;
  /** Of today: an action that was taken away since shows here. */
  readonly faults: readonly LintFault[];
}

/** One published version, for people who read it. @throws runbook.not_found, access.forbidden */
export async function readVersion(
  ctx: Ctx,
  { runbook: id, version }: { readonly runbook: string; readonly version: string },
  { catalog, mode }: { readonly catalog: Catalog; readonly mode: Mode },
): Promise<RunbookVersion> {
  permit(ctx.actor, 'runbooks:read');
  const published = await loadRunbook(ctx.tx, id, version);
  const summary = (await listRunbooks(ctx.tx, mode)).find((each) => each.id === id && each.version === version);
  if (summary === undefined) throw bug('a published runbook is not listed');
  const runbooks = { ...signaturesOf(await newestRunbooks(ctx.tx)), ...catalog.runbooks };
  const { faults } = lintRunbook(published.source, {
    file: `${id}.yaml`,
    read: (path) => published.files[path.replace(/^\.\//, '')],
    catalog: { ...catalog, runbooks },
  });
  const files = Object.keys(published.files).sort();
  return { summary, published, files, graph: graphOf(published.definition), faults };
}
