import type { Runbook, RunState } from '@tenantry/runbook';

/** A run as it stands at one revision, with the definition it pinned. */
export interface RunRecord {
  readonly id: string;
  readonly revision: number;
  readonly runbook: Runbook;
  readonly state: RunState;
  readonly meta: RunMeta;
}

/** What does not change while the run lives. */
export interface RunMeta {
  readonly title: string;
  readonly productId: string | null;
  readonly clientId: string | null;
  readonly tenantId: string | null;
  readonly tenantSlug: string | null;
  /** Role id -> e-mail address. */
  readonly contacts: Readonly<Record<string, string>>;
  readonly startedBy: { readonly id: string; readonly name: string };
  readonly createdAt: Date;
  /** The run that started it, and the step of it this one stands for. */
  readonly parent?: { readonly runId: string; readonly step: string };
  /** The run it is about. */
  readonly subjectRunId?: string;
  /** Runbook id -> version, of every runbook it may start. */
  readonly pins: Readonly<Record<string, string>>;
}
