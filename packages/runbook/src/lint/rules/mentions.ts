/** Every name must exist: roles, steps, phases, artifacts, actions, checks, events, runbooks, references. */
import { nearest } from '../../expr/suggest.ts';
import type { Mention } from '../../parse/reading.ts';
import type { LintContext } from '../context.ts';
import { artifactNames } from '../scope-schema.ts';

interface Known {
  readonly word: string;
  readonly names: ReadonlySet<string>;
  readonly fix: string;
}

export function lintMentions(context: LintContext): void {
  const known = knownNames(context);
  for (const mention of context.reading.mentions) {
    if (mention.of === 'bound') lintBound(context, mention, known);
    else reportUnknown(context, mention, mention.of, mention.name, known[mention.of]);
  }
}

type Kind = Exclude<Mention['of'], 'bound'>;

function knownNames({ runbook, catalog, steps, phases }: LintContext): Readonly<Record<Kind, Known>> {
  const set = (word: string, names: Iterable<string>, fix: string): Known => ({ word, names: new Set(names), fix });
  return {
    role: set('role', Object.keys(runbook.roles), 'Add it to `roles`.'),
    step: set('step', steps.keys(), 'Check the id.'),
    phase: set('phase', phases.keys(), 'Check the id.'),
    artifact: set('artifact', artifactNames(runbook), 'Let a step leave it with `artifact:`.'),
    runbook: set('runbook', [...Object.keys(catalog.runbooks), runbook.id], 'Publish it first, or check the id.'),
    action: set('action', Object.keys(catalog.actions), '`runbooks/catalog.json` lists the actions of this release.'),
    check: set('check', Object.keys(catalog.checks), '`runbooks/catalog.json` lists the checks of this release.'),
    event: set('event', Object.keys(catalog.events), 'Somebody has to tell it: `tenantry tenant event TENANT NAME`.'),
    reference: set(
      'reference',
      Object.keys(runbook.about.references),
      'Add it to `about.references`, or write a path or URL.',
    ),
  };
}

function reportUnknown(context: LintContext, { path }: Mention, kind: Kind, name: string, known: Known): void {
  if (known.names.has(name)) return;
  const near = nearest(name, known.names);
  context.report({
    rule: `unknown-${kind}`,
    path,
    // Whoever integrates may tell events of their own; the rest has to be there.
    ...(kind === 'event' && near === undefined ? { severity: 'warning' as const } : {}),
    message: `There is no ${known.word} \`${name.slice(0, 80)}\`.`,
    fix: near === undefined ? known.fix : `Did you mean \`${near}\`?`,
  });
}

/** An item of `of`: what an approval or sign-off is bound to. */
function lintBound(context: LintContext, mention: Mention, known: Readonly<Record<Kind, Known>>): void {
  if (['intake', 'plan', 'runbook'].includes(mention.name)) return;
  const [root, name, ...rest] = mention.name.split('.');
  const kind = root === 'artifacts' ? 'artifact' : root === 'steps' ? 'step' : undefined;
  if (kind !== undefined && name !== undefined && rest.length === 0) {
    reportUnknown(context, mention, kind, name, known[kind]);
    return;
  }
  context.report({
    rule: 'bad-binding',
    path: mention.path,
    message: `\`${mention.name}\` is nothing a yes can be bound to.`,
    fix: 'Use artifacts.NAME, steps.ID, intake, plan or runbook.',
  });
}
