import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonSchema } from '../definition.ts';
import { evaluateGate } from '../expr/index.ts';
import { exampleOf } from './example.ts';
import { outputThat } from './output-that.ts';

const SCHEMA: JsonSchema = {
  type: 'object',
  required: ['status', 'tables', 'leaks', 'on', 'rows'],
  properties: {
    status: { type: 'integer' },
    plan: { enum: ['free', 'enterprise'] },
    leaks: { type: 'number', minimum: 0 },
    on: { type: 'boolean' },
    json: {},
    tables: { type: 'array', items: { type: 'string' } },
    rows: {
      type: 'array',
      items: {
        type: 'object',
        required: ['ready'],
        properties: { ready: { type: 'boolean' }, users: { type: 'string' }, kind: { type: 'string' } },
      },
    },
  },
};
const scope = { intake: { users: 12, name: 'Acme' }, vars: { names: ['a', 'b'] } };
const search = (expression: string, fixed: JsonObject = {}) => ({
  expression,
  name: 'output',
  schema: SCHEMA,
  scope,
  start: { ...(exampleOf(SCHEMA, 'it') as JsonObject), ...fixed },
  fixed,
});

describe('outputThat', () => {
  it.each([
    'output.status == 200',
    'output.leaks < 1 && output.status >= 500',
    'output.on && output.tables.size() > 0',
    '!output.on && output.tables.size() == 0',
    'output.json.status == "healthy" && output.plan == "enterprise"',
    '["x", "y"].all(act, act in output.tables)',
    'vars.names.all(n, n in output.tables) && output.leaks == 0',
    'output.rows.size() > 0 && output.rows.all(r, r.ready && r.kind == "pod" && r.users == string(intake.users))',
    'output.rows[0].users == string(intake.users) && output.status != 1',
    'has(output.json) && output.status == intake.users * 2',
    'output.status == 200 || output.on == false',
  ])('finds one that meets %s, and one that does not', (expression) => {
    const good = outputThat(search(expression), true);
    const bad = outputThat(search(expression), false);
    expect(good && evaluateGate(expression, { ...scope, output: good })).toBe(true);
    expect(bad && evaluateGate(expression, { ...scope, output: bad })).toBe(false);
  });

  it('keeps what the author declared, and gives up where that leaves no way', () => {
    expect(outputThat(search('output.status == 200 && output.on', { status: 200 }), true)).toMatchObject({
      status: 200,
    });
    expect(outputThat(search('output.status == 200', { status: 503 }), true)).toBeUndefined();
    expect(outputThat(search('true'), false)).toBeUndefined();
  });
});
