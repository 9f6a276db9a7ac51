import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TenantryError } from '@tenantry/contract';
import { type Catalog, emptyCatalog, type LintResult, lintRunbook, type Runbook } from '@tenantry/runbook';
import { z } from 'zod';
import type { InputFile } from './input-file.ts';
import type { Task } from './session.ts';

const CATALOG_FILE = join('runbooks', 'catalog.json');
const CATALOG_WAIT_MS = 5_000;

export const NO_CATALOG =
  'warning: no catalog of actions was found (runbooks/catalog.json, or a control plane): each action counts as unknown.';

const members = z.record(z.string(), z.looseObject({}));
/** What lint takes from a catalog; more may stand in it. */
const catalogSchema = z.looseObject({
  actions: members,
  checks: members,
  events: members,
  product: z.looseObject({}),
  runbooks: members,
});

/** Where the actions and checks a runbook may name were read from; undefined when they are not known. */
export interface KnownCatalog {
  readonly catalog: Catalog;
  readonly from: string | undefined;
}

/**
 * The nearest `runbooks/catalog.json` above the file, else the control plane's, else an empty one: then lint can judge
 * form and order, and every action is unknown.
 *
 * @throws file.unreadable for a catalog that is there and cannot be read
 */
export async function findCatalog(task: Task, file: InputFile): Promise<KnownCatalog> {
  for (let folder = dirname(file.absolutePath); ; folder = dirname(folder)) {
    const path = join(folder, CATALOG_FILE);
    if (existsSync(path)) return { catalog: readCatalog(path), from: path };
    if (dirname(folder) === folder) break;
  }
  const served = await servedCatalog(task);
  return served ?? { catalog: emptyCatalog, from: undefined };
}

function readCatalog(path: string): Catalog {
  try {
    return toCatalog(catalogSchema.parse(JSON.parse(readFileSync(path, 'utf8'))));
  } catch (error) {
    throw new TenantryError('file.unreadable', `${path} is no catalog of actions and checks.`, {
      cause: error,
      next: 'It is a generated file: npm run build writes it again.',
    });
  }
}

/** Offline is a normal place to lint: nothing that fails here is a fault. */
async function servedCatalog(task: Task): Promise<KnownCatalog | undefined> {
  try {
    const client = task.connect();
    const catalog = await client.get('/api/v1/catalog', catalogSchema, { timeoutMs: CATALOG_WAIT_MS });
    return { catalog: toCatalog(catalog), from: client.url };
  } catch (error) {
    if (error instanceof TenantryError) return undefined;
    throw error;
  }
}

/** The generator holds the members to their types; the form around them is what was checked. */
const toCatalog = (catalog: z.infer<typeof catalogSchema>): Catalog => catalog as unknown as Catalog;

/** Lints a file, with the files it names beside it. */
export const lintFile = (file: InputFile, source: string, catalog: Catalog): LintResult =>
  lintRunbook(source, { file: file.path, catalog, read: readBeside(file) });

/** The language refuses paths that lead out of the folder. */
export const readBeside =
  (file: InputFile) =>
  (path: string): string | undefined => {
    try {
      return readFileSync(join(dirname(file.absolutePath), path), 'utf8');
    } catch {
      return undefined;
    }
  };

/** @throws runbook.invalid with every fault */
export function mustBeRunbook(
  file: InputFile,
  { runbook, faults }: { readonly runbook?: Runbook; readonly faults: LintResult['faults'] },
): Runbook {
  if (runbook !== undefined) return runbook;
  throw new TenantryError('runbook.invalid', `${file.path} is no runbook that can be read.`, {
    faults: faults.filter(({ severity }) => severity === 'error'),
    next: 'tenantry runbook lint shows every fault with its fix.',
  });
}
