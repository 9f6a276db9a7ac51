/** A run as `run show -o json` tells it, as far as the tests read it. */
import type { Installation } from './installation.ts';

export interface RunView {
  readonly id: string;
  readonly status: string;
  readonly go_live: string | null;
  readonly asks: readonly { readonly step: string; readonly hash: string }[];
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
  readonly occurrences: readonly { readonly status: string }[];
}

/** Steps that have begun and are not as they should be. */
export const openSteps = (run: RunView): readonly StepView[] =>
  run.steps.filter(({ status }) => !['passed', 'skipped', 'pending'].includes(status));

export const showRun = async (installation: Installation, run: string): Promise<RunView> =>
  (await installation.json('run', 'show', run)) as unknown as RunView;

/** The run once this holds of it; looks up to that many times, a tenth of a second apart, and says where it stands then. */
export async function untilRun(
  installation: Installation,
  run: string,
  { holds, looks }: { readonly holds: (run: RunView) => boolean; readonly looks: number },
): Promise<RunView> {
  let view: RunView | undefined;
  for (let look = 0; look < looks; look += 1) {
    view = await showRun(installation, run);
    if (holds(view)) return view;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(
    `it never came to that: ${JSON.stringify({ ...view, steps: view && openSteps(view) }, undefined, 1)}`,
  );
}
