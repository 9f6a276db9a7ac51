import type { Tx } from '../../db/index.ts';

/**
 * What templates of documents and mails may say of the tenant beside its id, slug and name, as it is when they are
 * filled in: `${{ tenant.login_method }}`. Expressions of steps do not read it: they stay what they were when the run
 * is replayed.
 */
export interface TenantTexts {
  /** `SSO` or `Email+Password` (IDN-40). */
  readonly login_method: string;
}

/** Handed in by the composition root: other domains know these. */
export type ReadTenantTexts = (tx: Tx, tenantId: string) => Promise<TenantTexts>;

/** In a plan nothing is sent yet, and the run itself may change it. */
export const PLANNED_TEXTS: TenantTexts = { login_method: '(known when it is sent)' };

const NAMES = Object.keys(PLANNED_TEXTS);

/** Whether any template reads them: most runbooks spare the question. */
export const readsTenantTexts = (files: Readonly<Record<string, string>>): boolean =>
  Object.values(files).some((text) => NAMES.some((name) => text.includes(`tenant.${name}`)));
