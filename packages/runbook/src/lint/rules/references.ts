/** Every path an expression reads must exist and be readable where it stands. */
import type { Reference } from '../../expr/index.ts';
import { nearest } from '../../expr/suggest.ts';
import type { Analysis } from '../analysis.ts';
import type { LintContext } from '../context.ts';
import { resolvePath } from '../schema-path.ts';

const OUTSIDE = ['intake', 'product', 'tenant', 'vars', 'run'];

/** Names that a place may read; undefined where all of them may be. */
export function namesAt(place: string): readonly string[] | undefined {
  if (place === 'phase.if') return ['intake', 'product', 'tenant', 'vars'];
  if (place === 'trigger.if' || place === 'trigger.intake') return ['event', 'product', 'tenant'];
  if (place === 'runbook.outputs') return undefined;
  if (/^(runbook|role|calendar|about)\./.test(place)) return OUTSIDE;
  return undefined;
}

/** The analyses in which every path exists; only these are worth a type check. */
export function lintReferences(context: LintContext): ReadonlySet<Analysis> {
  const sound = new Set<Analysis>();
  const varNames = Object.keys(context.runbook.vars);
  for (const analysis of context.analyses) {
    const faults = analysis.references.map((reference) => lintReference(context, analysis, reference, varNames));
    if (!faults.includes(true)) sound.add(analysis);
  }
  return sound;
}

/** True when a fault was reported. */
function lintReference(
  context: LintContext,
  analysis: Analysis,
  reference: Reference,
  varNames: readonly string[],
): boolean {
  const { site } = analysis;
  const [root = '', second] = reference.path;
  const allowed = namesAt(site.place);
  const fault = (rule: string, message: string, fix: string): true => {
    context.reportIn(analysis, { rule, message, fix, start: reference.start });
    return true;
  };
  const types = context.typesAt(site);
  const resolution = resolvePath(types.schema, reference.path);
  const exists = resolution.found || resolution.at > 0;
  if (exists && allowed !== undefined && !allowed.includes(root)) {
    return fault(
      'not-readable-here',
      `\`${root}\` cannot be read here: this is evaluated before anything runs.`,
      `Read only ${allowed.join(', ')}.`,
    );
  }
  if (exists && root === 'now' && (site.place === 'step.if' || site.place === 'checklist item.if')) {
    return fault(
      'not-readable-here',
      '`now` cannot be read in `if`: the answer would depend on when it is asked.',
      'Use `start`, or a gate.',
    );
  }
  if (
    site.place === 'runbook.vars' &&
    root === 'vars' &&
    second !== undefined &&
    !isEarlierVar(site.path, second, varNames)
  ) {
    return fault(
      'later-var',
      `\`vars.${second}\` is not known yet: vars are evaluated from top to bottom.`,
      'Move it above this one.',
    );
  }
  if (resolution.found) return false;
  return fault(...wording(reference.path, resolution.at, resolution.names, resolution.secret));
}

function isEarlierVar(path: string, name: string, varNames: readonly string[]): boolean {
  const own = varNames.findIndex(
    (candidate) =>
      path === `vars.${candidate}` || path.startsWith(`vars.${candidate}.`) || path.startsWith(`vars.${candidate}[`),
  );
  const other = varNames.indexOf(name);
  return other < 0 || own < 0 || other < own;
}

function wording(
  path: readonly string[],
  at: number,
  names: readonly string[],
  secret: boolean,
): [rule: string, message: string, fix: string] {
  const name = path[at] ?? '';
  const near = nearest(name, names);
  const listed =
    names.length === 0
      ? 'Check the name.'
      : `There is ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}.`;
  const fix = near === undefined ? listed : `Did you mean \`${near}\`?`;
  if (secret)
    return ['secret-in-text', 'A secret has no members: an expression only sees that it is one.', 'Hand it on whole.'];
  if (at === 0)
    return [name === 'output' || name === 'event' ? 'not-readable-here' : 'unknown-name', unknownRoot(name), fix];
  const owner = path.slice(0, at).join('.');
  if (at === 1 && path[0] === 'steps') return ['unknown-step', `There is no step \`${name}\`.`, fix];
  if (at === 1 && path[0] === 'phases') return ['unknown-phase', `There is no phase \`${name}\`.`, fix];
  if (at === 1 && path[0] === 'artifacts') return ['unknown-artifact', `No step leaves an artifact \`${name}\`.`, fix];
  if (path[0] === 'steps' && path[2] === 'output')
    return ['unknown-output', `Step \`${path[1]}\` has no output \`${path.slice(3, at + 1).join('.')}\`.`, fix];
  return ['unknown-field', `\`${owner}\` has no \`${name}\`.`, fix];
}

function unknownRoot(name: string): string {
  if (name === 'output') return '`output` can only be read in `expect`.';
  if (name === 'event') return '`event` can only be read in `where` and in triggers.';
  return `There is no name \`${name}\` here.`;
}
