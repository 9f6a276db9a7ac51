import { describe, expect, it } from 'vitest';
import { cliReference } from './cli-reference.ts';
import { allNodes, commandTree } from './command-tree.ts';
import { buildProgram } from './program.ts';

const program = buildProgram('1.0.0');
const page = cliReference(program);

describe('the reference of the command line', () => {
  it('has a section, a line in the index and every option of each command', () => {
    for (const { path, command } of allNodes(commandTree(program)).filter(({ children }) => children.length === 0)) {
      const heading = `## tenantry ${path.join(' ')}\n`;
      expect(page).toContain(heading);
      expect(page).toContain(`(#tenantry-${path.join('-')})`);
      const section = page.slice(page.indexOf(heading)).split('\n## ')[0];
      for (const { flags } of command.options) expect(section).toContain(flags);
    }
  });

  it('names choices, defaults and what is required', () => {
    expect(page).toContain('| `--syntax <syntax>` | mermaid or Graphviz (`mermaid`, `dot`). Default: `mermaid`. |');
    expect(page).toContain('| `--reason <text>` | how you know. Required. |');
  });

  it('has a description for every command, argument and option', () => {
    for (const { command } of allNodes(commandTree(program))) {
      const parts = [command.description(), ...command.options.map(({ description }) => description)];
      const described = [...parts, ...command.registeredArguments.map(({ description }) => description)];
      expect(described.filter((text) => text.trim() === '')).toEqual([]);
    }
  });
});
