import { type Connector, defineConnector } from '../connectors/kit/index.ts';
import { generateAction } from './actions/generate.ts';
import type { VaultActionDeps } from './actions/in-vault.ts';
import { recordAction } from './actions/record.ts';
import { shareAction } from './actions/share.ts';

export type { VaultActionDeps } from './actions/in-vault.ts';

/** `vault.generate`, `vault.record` and `vault.share`. */
export const vaultActions = (deps: VaultActionDeps): Connector =>
  defineConnector({ name: 'vault', actions: [generateAction(deps), recordAction(deps), shareAction(deps)] });
