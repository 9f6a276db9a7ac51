/** A run as `run show -o json` tells it, as far as the tests read it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Installation } from './installation.ts';

export interface RunView {
  readonly id: string;
  readonly status: string;
  readonly go_live: string | null;
  readonly asks: readonly {
    readonly step: string;
    readonly hash: string;
    readonly shows: Readonly<Record<string, unknown>>;
  }[];
  readonly artifacts: Readonly<Record<string, { readonly hash: string }>>;
  readonly halts: readonly unknown[];
  readonly phases: readonly PhaseView[];
  readonly steps: readonly StepView[];
}

export interface PhaseView {
  readonly id: string;
  readonly status: string;
  readonly starts_at: string | null;
}

export interface StepView {
  readonly id: string;
  readonly status: string;
  readonly round: number;
  readonly child: string | null;
  readonly output: Readonly<Record<string, unknown>> | null;
  readonly occurrences: readonly { readonly status: string }[];
}

/** Steps that have begun and are not as they should be. */
export const openSteps = (run: RunView): readonly StepView[] =>
  run.steps.filter(({ status }) => !['passed', 'skipped', 'pending'].includes(status));

export const showRun = async (installation: Installation, run: string): Promise<RunView> =>
  (await installation.json('run', 'show', run)) as unknown as RunView;

/** The same without a process for each look: this is asked often. */
async function readRun({ folder, url }: Installation, id: string): Promise<RunView> {
  const { identities } = JSON.parse(readFileSync(join(folder, '.tenantry/cli.json'), 'utf8')) as {
    readonly identities: readonly { readonly key: string }[];
  };
  const headers = { authorization: `Bearer ${identities[0]?.key}` };
  const answer = await fetch(`${url}/api/v1/runs/${id}`, { headers });
  if (!answer.ok) throw new Error(`${id}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as RunView;
}

const LOOK_MS = 100;

/** The run once this holds of it; looks for up to so many tenths of a second, and says where it stands then. */
export async function untilRun(
  installation: Installation,
  run: string,
  { holds, looks }: { readonly holds: (run: RunView) => boolean; readonly looks: number },
): Promise<RunView> {
  const id = run.startsWith('run_') ? run : (await showRun(installation, run)).id;
  const deadline = Date.now() + looks * SLOW_MACHINE * LOOK_MS;
  for (;;) {
    const view = await readRun(installation, id);
    if (holds(view)) return view;
    if (Date.now() > deadline)
      throw new Error(`it never came to that: ${JSON.stringify({ ...view, steps: openSteps(view) }, undefined, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** What waits for work of other processes waits longer where there are more of them than processors. */
const SLOW_MACHINE = 10;
