/** Rules of single steps. */
import type { Body, ChooseBody, Step, UsesBody } from '../../definition.ts';
import { joinPath } from '../../parse/positions.ts';
import { isObject } from '../../parse/reading.ts';
import type { LintContext } from '../context.ts';
import { outputSchema } from '../scope-schema.ts';

export function lintSteps(context: LintContext): void {
  for (const step of context.steps.values()) {
    if (context.reading.broken.has(step.id)) continue;
    const path = context.reading.stepPaths.get(step.id) ?? '';
    lintOwner(context, step, path);
    lintBody(context, step, step.body, path);
    if (step.body.kind === 'choose') lintChoose(context, step, step.body, path);
    if (step.undo.do === 'body') lintBody(context, step, step.undo.body, joinPath(path, 'undo'));
  }
}

function lintBody(context: LintContext, step: Step, body: Body, path: string): void {
  if (body.kind === 'wait' && step.timeout === undefined) {
    context.report({
      rule: 'wait-without-timeout',
      path,
      message: 'A `wait` without `timeout` may wait forever.',
      fix: 'Add `timeout:`, and `escalate:` for the people to tell.',
    });
  }
  if (body.kind === 'approve' || body.kind === 'sign_off') lintYes(context, body, path);
  if (body.kind === 'uses') lintUses(context, step, body, path);
}

function lintYes(context: LintContext, body: Extract<Body, { kind: 'approve' | 'sign_off' }>, path: string): void {
  const at = joinPath(path, body.kind);
  if (body.of.length === 0) {
    context.report({
      rule: 'approve-without-of',
      path: at,
      message: `This ${body.kind === 'approve' ? 'approval' : 'sign-off'} is bound to nothing.`,
      fix: 'Add `of: [intake]`, `[plan]` or what is approved.',
    });
  }
  if (body.need > body.by.length) {
    context.report({
      rule: 'need-above-approvers',
      path: joinPath(at, 'need'),
      message: `\`need\` is ${body.need} and only ${body.by.length} may say yes.`,
      fix: 'Lower `need`, or add roles to `by`.',
    });
  }
}

function lintUses(context: LintContext, step: Step, body: UsesBody, path: string): void {
  if (body.irreversible && body.confirm === undefined) {
    context.report({
      rule: 'irreversible-without-confirm',
      path: joinPath(path, 'irreversible'),
      message: 'An irreversible step needs `confirm`, the text to type.',
      fix: 'Add `confirm: ${{ tenant.slug }}`.',
    });
  }
  if (body.irreversible && !hasApprovalBefore(context, step)) {
    context.report({
      rule: 'irreversible-without-approval',
      path: joinPath(path, 'irreversible'),
      message: 'Nobody approves this irreversible step before it runs.',
      fix: 'Add an `approve` step before it.',
    });
  }
  const action = Object.hasOwn(context.catalog.actions, body.action) ? context.catalog.actions[body.action] : undefined;
  const lacksUndo = action?.undo === 'none' || action?.undo === 'irreversible';
  if (lacksUndo && step.undo.do === 'default' && !body.irreversible && body === step.body) {
    context.report({
      rule: 'action-without-undo',
      path: joinPath(path, 'uses'),
      message: `\`${body.action}\` cannot be undone, and the step does not say what then.`,
      fix: 'Add `undo: none`, `undo: keep`, or a body; or `irreversible: true`.',
    });
  }
}

/** An approval that runs under no condition which this step does not share stands before it. */
const hasApprovalBefore = (context: LintContext, step: Step): boolean =>
  [...context.steps.values()].some(
    (other) => other.body.kind === 'approve' && context.order.stepAfterStep(step.id, other.id),
  );

/** Kinds a person works on: somebody must be named. */
function lintOwner(context: LintContext, step: Step, path: string): void {
  const bodies: readonly Body[] = step.body.kind === 'choose' ? Object.values(step.body.options) : [step.body];
  const isHuman = (body: Body): boolean => body.kind === 'task' && (!('owner' in body) || body.owner === undefined);
  if (!bodies.some(isHuman) || step.owner !== undefined || context.phases.get(step.phase)?.owner !== undefined) return;
  context.report({
    rule: 'task-without-owner',
    path,
    message: 'Nobody is named to do this task.',
    fix: 'Add `owner:` to the step or its phase.',
  });
}

function lintChoose(context: LintContext, step: Step, body: ChooseBody, path: string): void {
  for (const [id, option] of Object.entries(body.options)) {
    const at = joinPath(joinPath(joinPath(path, 'choose'), 'options'), id);
    lintBody(context, step, option, at);
    const schema = outputSchema({ ...step, body: option }, context.catalog);
    if (!isObject(schema.properties)) continue;
    for (const name of Object.keys(body.outputs)) {
      if (Object.hasOwn(schema.properties, name)) continue;
      context.report({
        rule: 'option-lacks-output',
        path: at,
        message: `The option \`${id}\` does not give the output \`${name}\`.`,
        fix:
          option.kind === 'task'
            ? `Ask for it: \`form: { ${name}: … }\`.`
            : 'Choose another action, or drop the output.',
      });
    }
  }
}
