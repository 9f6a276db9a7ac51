import { fromWireId, TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import type { Keyring } from '../../vault/index.ts';
import type { Registry } from '../execution/index.ts';
import type { RunWatch } from '../runs/index.ts';

export interface RunRoutesDeps {
  readonly registry: Registry;
  readonly keyring: Keyring;
  readonly mode: 'development' | 'production';
  readonly watch: RunWatch;
}

export const runParams = z.object({ run: z.string() });
export const stepParams = z.object({ run: z.string(), step: z.string() });

/** @throws run.not_found for a text that is no run id */
export function runIdOf(text: string): string {
  const id = fromWireId('run', text);
  if (id !== undefined) return id;
  throw new TenantryError('run.not_found', `"${text}" is not the id of a run.`, {
    next: 'tenantry run list shows the runs there are.',
  });
}
