/** The runbooks and product profiles that come with this release: one folder for each product. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Catalog, parseRunbook, signaturesOf } from '@tenantry/runbook';
import { parse } from 'yaml';
import type { Ctx } from './access/index.ts';
import { saveProduct } from './products/index.ts';
import { type Publication, publishRunbook, type RunbookFiles } from './runbooks/index.ts';

export interface ShippedProduct {
  readonly id: string;
  readonly profile: unknown;
  readonly runbooks: readonly RunbookFiles[];
}

/** In a clone `runbooks/` lies beside `packages/`; in the published package beside `dist/`. */
export function shippedFolder(): string {
  const places = ['../../../runbooks', '../runbooks'].map((place) => new URL(place, import.meta.url).pathname);
  return decodeURI(places.find((place) => existsSync(place)) ?? places[0] ?? '.');
}

/** Reads `<folder>/<product>/product.yaml` and every runbook beside it, with all files a runbook may name. */
export async function readShipped(folder: string): Promise<readonly ShippedProduct[]> {
  const products: ShippedProduct[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const home = join(folder, entry.name);
    if (!entry.isDirectory() || !existsSync(join(home, 'product.yaml'))) continue;
    const files = await readTree(home);
    const runbooks = Object.entries(files)
      .filter(
        ([path, source]) =>
          !path.includes('/') && path !== 'product.yaml' && !path.endsWith('.test.yaml') && /^runbook:/m.test(source),
      )
      .map(([path, source]) => ({ file: `${entry.name}/${path}`, source, files }));
    products.push({ id: entry.name, profile: parse(files['product.yaml'] ?? ''), runbooks });
  }
  return products;
}

async function readTree(home: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(home, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const pairs = await Promise.all(
    files.map(async (path) => [relative(home, path).replaceAll('\\', '/'), await readFile(path, 'utf8')] as const),
  );
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Safe at every start: what is there already is left as it is. */
export async function publishShipped(
  ctx: Ctx,
  products: readonly ShippedProduct[],
  catalog: Catalog,
): Promise<readonly Publication[]> {
  const published: Publication[] = [];
  const whole = { ...catalog, runbooks: { ...catalog.runbooks, ...shippedSignatures(products) } };
  for (const product of products) {
    await saveProduct(ctx, product.profile);
    for (const runbook of product.runbooks) published.push(await publishRunbook(ctx, runbook, whole));
  }
  return published;
}

/** Shipped runbooks may name each other, in whatever order they come. */
export const shippedSignatures = (products: readonly ShippedProduct[]): Catalog['runbooks'] =>
  signaturesOf(
    products.flatMap(({ runbooks }) =>
      runbooks.flatMap(({ file, source, files }) => {
        const read = (path: string): string | undefined => files[path.replace(/^\.\//, '')];
        return parseRunbook(source, { file, read }).runbook ?? [];
      }),
    ),
  );
