import type { AttemptVerb } from '@tenantry/runbook';
import type { Database } from '../../db/index.ts';
import type { Keyring } from '../../vault/index.ts';
import type { AttemptResult } from '../runs/index.ts';
import type { Registry } from './registry.ts';
import type { ReadTenantTexts } from './tenant-texts.ts';

/** What carrying out attempts needs; handed in by the composition root. */
export interface ExecutorDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly registry: Registry;
  readonly tenantTexts: ReadTenantTexts;
  /** This boot, as the fence knows it. */
  readonly bootId: () => string;
  readonly now: () => Date;
  /** Told of each result that was recorded. */
  readonly observe?: (verb: AttemptVerb, outcome: AttemptResult['status']) => void;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, facts?: Readonly<Record<string, unknown>>) => void;
}
