import { graphOf, parseRunbook, toDot, toMermaid } from '@tenantry/runbook';
import { Command, Option } from 'commander';
import { mustBeRunbook, readBeside } from '../../runbook-source.ts';
import { taskOf, withFormat } from '../../session.ts';

export const runbookGraphCommand = (): Command =>
  withFormat(new Command('graph').description('Draw a runbook as a graph'))
    .argument('<file>', 'runbook, YAML')
    .addOption(new Option('--syntax <syntax>', 'mermaid or Graphviz').choices(['mermaid', 'dot']).default('mermaid'))
    .action(async (path: string, { syntax }: { readonly syntax: string }, command: Command) => {
      const task = taskOf(command);
      const file = await task.readText(path);
      const runbook = mustBeRunbook(file, parseRunbook(file.source, { file: path, read: readBeside(file) }));
      const graph = graphOf(runbook);
      if (task.format === 'human') return task.io.out.raw(syntax === 'dot' ? toDot(graph) : toMermaid(graph));
      task.print({ schema: 'tenantry.graph/1', runbook: runbook.id, version: runbook.version, ...graph }, () => []);
    });
