import type { Command } from 'commander';

/** A command as completion and the reference see it. */
export interface CommandNode {
  /** Below the program: `['run', 'list']`; empty for the program itself. */
  readonly path: readonly string[];
  readonly command: Command;
  readonly children: readonly CommandNode[];
}

export const commandTree = (command: Command, path: readonly string[] = []): CommandNode => ({
  path,
  command,
  children: command.commands.map((child) => commandTree(child, [...path, child.name()])),
});

/** The node and everything below it, in order. */
export const allNodes = (node: CommandNode): readonly CommandNode[] => [node, ...node.children.flatMap(allNodes)];

/** `--status`, and what may follow it. */
export const longFlags = ({ command }: CommandNode): readonly string[] =>
  [
    '--help',
    ...command.options.flatMap(({ long, hidden }) => (long === undefined || long === null || hidden ? [] : [long])),
  ].sort();
