/** `with` against the schema of the action, check or runbook it is given to. */
import type { Body, Json, JsonObject, JsonSchema } from '../../definition.ts';
import { isTemplate } from '../../expr/index.ts';
import { nearest } from '../../expr/suggest.ts';
import { compileSchema } from '../../parse/intake-schema.ts';
import { joinPath } from '../../parse/positions.ts';
import { isObject } from '../../parse/reading.ts';
import type { LintContext } from '../context.ts';
import { expressionSchema } from '../scope-schema.ts';

export function lintInputs(context: LintContext): void {
  for (const [index, trigger] of context.runbook.triggers.entries()) {
    lintValue(context, trigger.intake, context.runbook.intake, joinPath(joinPath('triggers', index), 'intake'));
  }
  for (const step of context.steps.values()) {
    const path = context.reading.stepPaths.get(step.id) ?? '';
    lintBody(context, step.body, path);
    if (step.undo.do === 'body') lintBody(context, step.undo.body, joinPath(path, 'undo'));
  }
}

function lintBody(context: LintContext, body: Body, path: string): void {
  const { actions, checks, runbooks } = context.catalog;
  const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
    Object.hasOwn(record, name) ? record[name] : undefined;
  const against = (schema: JsonSchema | undefined, value: JsonObject, at: string): void => {
    if (schema !== undefined) lintValue(context, value, schema, joinPath(at, 'with'));
  };
  if (body.kind === 'uses') against(own(actions, body.action)?.input, body.with, path);
  if (body.kind === 'check') against(own(checks, body.probe)?.input, body.with, path);
  if (body.kind === 'run') against(own(runbooks, body.runbook)?.intake, body.with, path);
  if ((body.kind === 'task' || body.kind === 'choose') && body.verify !== undefined) {
    against(own(checks, body.verify.check)?.input, body.verify.with, joinPath(path, 'verify'));
  }
  if (body.kind === 'task') {
    for (const [index, item] of body.checklist.entries()) {
      if (item.check !== undefined)
        against(own(checks, item.check)?.input, item.with, joinPath(joinPath(path, 'checklist'), index));
    }
  }
  if (body.kind === 'choose') {
    for (const [id, option] of Object.entries(body.options))
      lintBody(context, option, joinPath(joinPath(joinPath(path, 'choose'), 'options'), id));
  }
}

/** Literal parts are checked; `${{ }}` may become anything its own type check allows. */
function lintValue(context: LintContext, value: Json, schema: Json | undefined, path: string): void {
  if (!isObject(schema)) return;
  if (isObject(value) && isObject(schema.properties)) {
    lintMap(context, value, schema, schema.properties, path);
  } else if (Array.isArray(value) && isObject(schema.items)) {
    for (const [index, item] of value.entries()) lintValue(context, item, schema.items, joinPath(path, index));
  } else if (!hasTemplate(value)) {
    lintLiteral(context, value, schema, path);
  } else if (typeof value === 'string') {
    lintTemplate(context, schema, path);
  }
}

function lintMap(
  context: LintContext,
  value: JsonObject,
  schema: JsonSchema,
  properties: JsonObject,
  path: string,
): void {
  const closed = schema.additionalProperties === undefined || schema.additionalProperties === false;
  for (const [key, member] of Object.entries(value)) {
    const at = joinPath(path, key);
    if (Object.hasOwn(properties, key)) lintValue(context, member, properties[key], at);
    else if (closed) {
      const near = nearest(key, Object.keys(properties));
      context.report({
        rule: 'bad-input',
        path: at,
        key: true,
        message: `There is no input \`${key}\`.`,
        fix:
          near === undefined
            ? `There is ${Object.keys(properties).join(', ') || 'none'}.`
            : `Did you mean \`${near}\`?`,
      });
    }
  }
  const required = Array.isArray(schema.required) ? schema.required : [];
  for (const key of required.map(String)) {
    const property = properties[key];
    const hasDefault = isObject(property) && Object.hasOwn(property, 'default');
    if (Object.hasOwn(value, key) || hasDefault) continue;
    context.report({ rule: 'bad-input', path, message: `The input \`${key}\` is missing.`, fix: `Add \`${key}:\`.` });
  }
}

function lintLiteral(context: LintContext, value: Json, schema: JsonSchema, path: string): void {
  const validate = compileSchema(schema);
  if (validate(structuredClone(value))) return;
  const [error] = validate.errors ?? [];
  const values = Array.isArray(schema.enum) ? `: ${schema.enum.map(String).join(', ')}` : '';
  context.report({
    rule: 'bad-input',
    path,
    message: `This input ${error?.message ?? 'does not fit'}${values}.`,
    fix: 'See the action’s input schema.',
  });
}

/** A lone `${{ }}` brings its own type; with text around it, it is text. */
function lintTemplate(context: LintContext, schema: JsonSchema, path: string): void {
  const wanted = kindOf(schema);
  const analysis = context.analysesByPath.get(path);
  if (wanted === undefined || analysis === undefined) return;
  const given = analysis.alone
    ? kindOf(expressionSchema(analysis.expression, context.typesAt(analysis.site)))
    : 'string';
  if (given === undefined || given === wanted) return;
  context.reportIn(analysis, {
    rule: 'bad-input',
    message: `This input is ${KIND_WORDS[wanted] ?? wanted}, and \`${analysis.expression}\` gives ${KIND_WORDS[given] ?? given}.`,
    fix:
      wanted === 'string'
        ? 'Turn it into text: `string(…)`, `list.join(", ")`.'
        : 'Hand over a value of that type, alone.',
    start: 0,
  });
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
};

/** The one JSON kind a schema allows, if it is one. */
function kindOf(schema: JsonSchema): string | undefined {
  if (typeof schema.type !== 'string') return undefined;
  return schema.type === 'integer' ? 'number' : schema.type;
}

const hasTemplate = (value: Json): boolean =>
  typeof value === 'string'
    ? isTemplate(value)
    : typeof value === 'object' && value !== null && Object.values(value).some(hasTemplate);
