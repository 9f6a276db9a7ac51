/**
 * Named places where a test build can die, to prove that a crash there loses nothing. Nothing is installed
 * outside tests, and then reaching a point costs one comparison.
 */
export const KILL_POINTS = ['after_intent', 'after_call', 'before_commit', 'after_commit'] as const;
export type KillPoint = (typeof KILL_POINTS)[number];

let strike: ((point: KillPoint, name: string) => void) | undefined;

/** `name` is the action or probe whose attempt is at the point. */
export function reach(point: KillPoint, name: string): void {
  strike?.(point, name);
}

/**
 * Test builds only: dies with SIGKILL when the point is reached for that name (or for any, with `*`). `isDue` is
 * asked then, so that of several processes only one dies.
 */
export function armKillPoint(spec: string, isDue: () => boolean = () => true): void {
  const [point, name = '*'] = spec.split('@');
  strike = (reached, at) => {
    if (reached === point && (name === '*' || name === at) && isDue()) process.kill(process.pid, 'SIGKILL');
  };
}
