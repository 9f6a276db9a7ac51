/** The catalog of this release as text: what `runbooks/catalog.json` holds. */
import { emptyCatalog } from '@tenantry/runbook';
import { allConnectors, type ConnectorDeps } from './connectors.ts';
import { openRegistry } from './runbooks/index.ts';

/** Names and schemas do not depend on what the actions are given to work with. */
export function catalogText(): string {
  const registry = openRegistry(allConnectors({ publicUrl: '' } as ConnectorDeps));
  return `${JSON.stringify({ ...emptyCatalog, ...registry.catalog }, undefined, 1)}\n`;
}
