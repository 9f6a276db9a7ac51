/** The catalog of this release as text: what `runbooks/catalog.json` holds. */
import { emptyCatalog } from '@tenantry/runbook';
import { allConnectors, type ConnectorDeps } from './connectors.ts';
import { openRegistry } from './runbooks/index.ts';
import { readShipped, shippedFolder, shippedSignatures } from './shipped.ts';

/** Names and schemas do not depend on what the actions are given to work with. */
export async function catalogText(): Promise<string> {
  const registry = openRegistry(allConnectors({ publicUrl: '' } as ConnectorDeps));
  const runbooks = shippedSignatures(await readShipped(shippedFolder()));
  return `${JSON.stringify({ ...emptyCatalog, ...registry.catalog, runbooks }, undefined, 1)}\n`;
}
