import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Catalog } from '../catalog.ts';
import type { JsonSchema } from '../definition.ts';
import { checkIntake } from '../parse/intake-file.ts';
import { exampleOf } from './example.ts';

const catalog: Catalog = JSON.parse(
  readFileSync(new URL('../../../../runbooks/catalog.json', import.meta.url), 'utf8'),
);
const schemas = [...Object.values(catalog.actions), ...Object.values(catalog.checks)].map(
  ({ name, output }) => [name, output] as const,
);

describe('exampleOf', () => {
  it.each(schemas)('%s: the example of its output fits its schema', (name, schema) => {
    expect(checkIntake(exampleOf(schema, name), schema, undefined, { sealed: true }).faults).toEqual([]);
  });

  it.each<readonly [string, JsonSchema]>([
    ['bounds', { type: 'integer', minimum: 5, maximum: 6 }],
    ['bounds below zero', { type: 'number', exclusiveMaximum: 0 }],
    ['a step', { type: 'integer', multipleOf: 7, minimum: 10 }],
    ['a format', { type: 'string', format: 'ipv4' }],
    ['a pattern', { type: 'string', pattern: '^[0-9a-f]{64}$' }],
    ['a length', { type: 'string', minLength: 20 }],
    ['a reference', { $ref: '#/$defs/a', $defs: { a: { type: 'array', minItems: 2, items: { type: 'null' } } } }],
    ['branches', { anyOf: [{ const: 4 }, { type: 'string' }] }],
    [
      'parts',
      {
        type: 'object',
        required: ['a'],
        properties: { a: { type: 'boolean' } },
        allOf: [{ type: 'object', required: ['b'], properties: { b: { enum: [2] } } }],
      },
    ],
  ])('fits %s', (_what, schema) => {
    expect(checkIntake(exampleOf(schema, 'it'), schema).faults).toEqual([]);
  });

  it('repeats what was asked for where it fits, and gives secrets as references', () => {
    const schema: JsonSchema = {
      type: 'object',
      required: ['slug', 'plan', 'key'],
      properties: { slug: { type: 'string' }, plan: { enum: ['free', 'pro'] }, key: { 'x-secret': true } },
    };
    expect(exampleOf(schema, 'it', { slug: 'acme', plan: 'gold' })).toEqual({
      slug: 'acme',
      plan: 'free',
      key: { $secret: 'test:it.key' },
    });
  });
});
