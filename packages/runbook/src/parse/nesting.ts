/**
 * A cheap look at how deep a YAML text nests, before the parser recurses into it. The parser itself survives
 * only by overflowing the stack, and V8 aborts the whole process when that happens while it compiles a regular
 * expression, so hostile files must be turned away first.
 */
const NESTING_MAX = 120;

/** True when brackets, indicators on one line (`- - -`, `a: b: c:`) or indentation nest too deeply. */
export function nestsTooDeeply(source: string): boolean {
  return bracketsTooDeep(source) || linesTooDeep(source);
}

/** Counts brackets in quotes and comments too: unbalanced ones there are rare, and this must not be fooled. */
function bracketsTooDeep(source: string): boolean {
  let depth = 0;
  for (let index = 0; index < source.length; index += 1) {
    const code = source.charCodeAt(index);
    if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > NESTING_MAX) return true;
    } else if ((code === 0x5d || code === 0x7d) && depth > 0) {
      depth -= 1;
    }
  }
  return false;
}

function linesTooDeep(source: string): boolean {
  const indents: number[] = [];
  for (const line of source.split('\n')) {
    const indent = line.search(/[^ ]/);
    if (indent < 0) continue;
    while (indents.length > 0 && (indents.at(-1) ?? 0) >= indent) indents.pop();
    indents.push(indent);
    if (indents.length + indicatorsIn(line) > NESTING_MAX) return true;
  }
  return false;
}

/** `- `, `? ` and `: ` each may open a level on the same line. */
function indicatorsIn(line: string): number {
  let count = 0;
  for (let index = 0; index < line.length; index += 1) {
    const character = line[index];
    if (character !== '-' && character !== '?' && character !== ':') continue;
    const next = line[index + 1];
    if (next === undefined || next === ' ' || next === '\t') count += 1;
  }
  return count;
}
