/** Scripts that complete commands and options in a shell, made from the commands there are. */
import type { Command } from 'commander';
import { allNodes, type CommandNode, commandTree, longFlags } from './command-tree.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(program: Command, shell: Shell): string {
  const tree = commandTree(program);
  switch (shell) {
    case 'bash':
      return bashScript(tree);
    case 'zsh':
      return zshScript(tree);
    case 'fish':
      return fishScript(tree);
  }
}

const childNames = (node: CommandNode): readonly string[] => node.children.map(({ command }) => command.name());

/** Words that may stand after a command: its commands, else its options. */
const wordsAfter = (node: CommandNode): readonly string[] =>
  node.children.length > 0 ? childNames(node) : longFlags(node);

/** Lines `"run list") words="…" ;;` for a `case` over the commands typed so far. */
const caseLines = (tree: CommandNode, line: (words: readonly string[]) => string): readonly string[] =>
  allNodes(tree).map((node) => `    "${node.path.join(' ')}") ${line(wordsAfter(node))} ;;`);

/** Which words are commands where, so that arguments and values of options do not count as such. */
const knownPaths = (tree: CommandNode): string =>
  allNodes(tree)
    .slice(1)
    .map(({ path }) => `"${path.join(' ')}"`)
    .join('|');

const walkLines = (tree: CommandNode, words: string): readonly string[] => [
  '  local at="" word',
  `  for word in ${words}; do`,
  '    case "${at:+$at }$word" in',
  `      ${knownPaths(tree)}) at="\${at:+$at }$word" ;;`,
  '    esac',
  '  done',
];

const bashScript = (tree: CommandNode): string =>
  [
    '# bash completion of tenantry: eval "$(npx --no-install tenantry completion bash)"',
    '_tenantry() {',
    ...walkLines(tree, '"${COMP_WORDS[@]:1:COMP_CWORD-1}"'),
    '  local words=""',
    '  case "$at" in',
    ...caseLines(tree, (words) => `words="${words.join(' ')}"`),
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    '# Where no word fits, names of files do.',
    'complete -o default -F _tenantry tenantry',
    '',
  ].join('\n');

const zshScript = (tree: CommandNode): string =>
  [
    '#compdef tenantry',
    '# zsh completion of tenantry: eval "$(npx --no-install tenantry completion zsh)"',
    '_tenantry() {',
    ...walkLines(tree, '"${(@)words[2,CURRENT-1]}"'),
    '  local -a next',
    '  case "$at" in',
    ...caseLines(tree, (words) => `next=(${words.join(' ')})`),
    '  esac',
    '  compadd -a next || _files',
    '}',
    'if [ "$funcstack[1]" = "_tenantry" ]; then _tenantry "$@"; else compdef _tenantry tenantry; fi',
    '',
  ].join('\n');

function fishScript(tree: CommandNode): string {
  const lines = allNodes(tree).flatMap((node) => {
    const parents = node.path.map((word) => `__fish_seen_subcommand_from ${word}`);
    const without = node.children.length === 0 ? [] : [`not __fish_seen_subcommand_from ${childNames(node).join(' ')}`];
    const when = [...parents, ...without].join('; and ') || 'true';
    const commands = node.children.map(
      ({ command }) =>
        `complete -c tenantry -f -n ${fishText(when)} -a ${command.name()} -d ${fishText(command.description())}`,
    );
    const options = node.children.length > 0 ? [] : node.command.options.filter(({ hidden }) => !hidden);
    return [
      ...commands,
      ...options.map(
        ({ long, description }) =>
          `complete -c tenantry -n ${fishText(when)} -l ${(long ?? '').slice(2)} -d ${fishText(description)}`,
      ),
    ];
  });
  return ['# fish completion of tenantry: npx --no-install tenantry completion fish | source', ...lines, ''].join('\n');
}

const fishText = (text: string): string => `'${text.replace(/[\\']/g, String.raw`\$&`)}'`;
