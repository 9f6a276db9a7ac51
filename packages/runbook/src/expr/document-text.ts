/**
 * Text of a document: `${{ }}` as everywhere, and lines that repeat or leave out what stands between them.
 *
 *     {% for system in vars.discovery.integration_points.systems %}
 *     - ${{ system }}
 *     {% end %}
 *     {% if intake.settings.features.sso %}
 *     …
 *     {% else %}
 *     …
 *     {% end %}
 *
 * A map gives its entries as `{ key, value }`, by key.
 */
import { evaluatePartial } from './cel.ts';
import type { Scope } from './context.ts';
import { ExpressionError } from './expression-error.ts';
import { isSecretReference, isSecretTemplate } from './markers.ts';
import { fillText, type ToText } from './template.ts';

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'for'; readonly line: number; readonly name: string; readonly of: string; readonly body: Node[] }
  | {
      readonly kind: 'if';
      readonly line: number;
      readonly when: string;
      readonly held: Node[];
      readonly otherwise: Node[];
    };

const LINE = /^[ \t]*\{%[ \t]*(.*?)[ \t]*%\}[ \t]*$/;
const FOR = /^for[ \t]+([A-Za-z_][A-Za-z0-9_]*)[ \t]+in[ \t]+(.+)$/;
const IF = /^if[ \t]+(.+)$/;
/** What a template may come to; a list in a list in a list is quickly more than any reader reads. */
const OUTPUT_MAX = 4_000_000;
const ITEMS_MAX = 100_000;

/**
 * Fills in a document. Every value passes through `toText`, the text around it does not; secrets are refused.
 *
 * @throws ExpressionError naming the line of the template where that is known
 */
export function fillDocument(text: string, scope: Scope, toText: ToText): string {
  if (!text.includes('{%')) return fillText(text, scope, toText);
  const output = { text: '', items: 0 };
  write(parse(text), scope, toText, output);
  return output.text;
}

interface Output {
  text: string;
  items: number;
}

function write(nodes: readonly Node[], scope: Scope, toText: ToText, output: Output): void {
  for (const node of nodes) {
    if (node.kind === 'text') {
      output.text += fillText(node.text, scope, toText);
      if (output.text.length > OUTPUT_MAX)
        throw new ExpressionError(`The document is longer than ${OUTPUT_MAX} characters.`);
    } else if (node.kind === 'if') {
      write(holds(node, scope) ? node.held : node.otherwise, scope, toText, output);
    } else {
      for (const item of itemsOf(node, scope)) {
        output.items += 1;
        if (output.items > ITEMS_MAX)
          throw fault(node.line, `The loops of the document have more than ${ITEMS_MAX} turns.`);
        write(node.body, { ...scope, [node.name]: item }, toText, output);
      }
    }
  }
}

function holds({ when, line }: Extract<Node, { kind: 'if' }>, scope: Scope): boolean {
  const value = evaluated(when, line, scope);
  if (typeof value === 'boolean') return value;
  throw fault(line, `\`${when}\` is neither true nor false.`);
}

function itemsOf({ of, line }: Extract<Node, { kind: 'for' }>, scope: Scope): readonly unknown[] {
  const value = evaluated(of, line, scope);
  if (Array.isArray(value)) return value;
  if (typeof value === 'object' && value !== null && !(value instanceof Date) && !isSecret(value)) {
    return Object.entries(value)
      .map(([key, member]) => ({ key, value: member }))
      .toSorted((one, other) => (one.key < other.key ? -1 : 1));
  }
  throw fault(line, `\`${of}\` is neither a list nor a map.`);
}

const isSecret = (value: unknown): boolean => isSecretReference(value) || isSecretTemplate(value);

function evaluated(expression: string, line: number, scope: Scope): unknown {
  try {
    const result = evaluatePartial(expression, scope);
    if (result.known) return result.value;
  } catch (error) {
    throw error instanceof ExpressionError ? fault(line, error.message) : error;
  }
  throw fault(line, `\`${expression}\` is not known yet.`);
}

const fault = (line: number, message: string): ExpressionError => new ExpressionError(`Line ${line}: ${message}`);

interface Open {
  readonly node: Exclude<Node, { kind: 'text' }>;
  into: Node[];
  otherwise: boolean;
}

function parse(text: string): readonly Node[] {
  const root: Node[] = [];
  const open: Open[] = [];
  let pending = '';
  const here = (): Node[] => open.at(-1)?.into ?? root;
  const flush = (): void => {
    if (pending !== '') here().push({ kind: 'text', text: pending });
    pending = '';
  };
  for (const [index, line] of text.split(/(?<=\n)/).entries()) {
    const words = LINE.exec(line.replace(/\r?\n$/, ''))?.[1];
    if (words === undefined) {
      pending += line;
      continue;
    }
    flush();
    take(words, index + 1, here(), open);
  }
  flush();
  const left = open.at(-1);
  if (left !== undefined) throw fault(left.node.line, `\`${left.node.kind}\` has no \`{% end %}\`.`);
  return root;
}

function take(words: string, line: number, here: Node[], open: Open[]): void {
  const last = open.at(-1);
  if (words === 'end' && last !== undefined) {
    open.pop();
  } else if (words === 'else' && last?.node.kind === 'if' && !last.otherwise) {
    last.into = last.node.otherwise;
    last.otherwise = true;
  } else {
    const node = opening(words, line);
    here.push(node);
    open.push({ node, into: node.kind === 'for' ? node.body : node.held, otherwise: false });
  }
}

function opening(words: string, line: number): Open['node'] {
  const [, name, of] = FOR.exec(words) ?? [];
  if (name !== undefined && of !== undefined) return { kind: 'for', line, name, of, body: [] };
  const when = IF.exec(words)?.[1];
  if (when !== undefined) return { kind: 'if', line, when, held: [], otherwise: [] };
  throw fault(
    line,
    `\`{% ${words} %}\` is none of \`for NAME in LIST\`, \`if CONDITION\`, \`else\` and \`end\`, or has no place here.`,
  );
}
