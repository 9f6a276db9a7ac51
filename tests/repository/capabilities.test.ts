import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allNodes, commandTree } from '../../packages/cli/src/command-tree.ts';
import { buildProgram } from '../../packages/cli/src/program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(ROOT, 'docs/reference/capabilities.md'), 'utf8');
const lines = page.split('\n').filter((line) => /^\| P\d /.test(line));

describe('the page of capabilities', () => {
  it('RUN-43: lists the six of the procedure in its order, each as delivered with the test that proves it', () => {
    const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()));
    expect(cells.map(([, priority, , capability, status]) => [priority, capability, status])).toEqual([
      ['P0', 'tenant status enforcement', 'delivered'],
      ['P1', 'plan limit enforcement', 'delivered'],
      ['P1', 'suspension API', 'delivered'],
      ['P1', 'data export API', 'delivered'],
      ['P2', 'billing integration', 'delivered'],
      ['P2', 'self-service plan change', 'delivered'],
    ]);
    const tests = lines.map((line) => /`([^`]+\.test\.ts)`/.exec(line)?.[1] ?? '');
    expect(tests.filter((path) => !/\bit\(/.test(read(path)))).toEqual([]);
  });

  it('names a runbook for each operation that was done by hand, and a command that there is', () => {
    const runbooks = [...page.matchAll(/^\| [^|]+ \| `([a-z-]+)` \|/gm)].map(([, id]) => id);
    expect(runbooks).toHaveLength(7);
    expect(runbooks.filter((id) => !existsSync(join(ROOT, `runbooks/cutlist/${id}.yaml`)))).toEqual([]);
    const known = new Set(allNodes(commandTree(buildProgram('test'))).map(({ path }) => path.join(' ')));
    const said = [...page.matchAll(/`tenantry ([a-z -]+)`/g)].map(([, words = '']) => words);
    expect(said.length).toBeGreaterThan(5);
    expect(said.filter((words) => !known.has(words))).toEqual([]);
  });
});

function read(path: string): string {
  const file = join(ROOT, path);
  return existsSync(file) && path !== '' ? readFileSync(file, 'utf8') : '';
}
