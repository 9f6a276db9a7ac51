import { describe, expect, it } from 'vitest';
import { faultText, fieldAt } from './fault-text.ts';

describe('what is wrong with a field', () => {
  it.each([
    [{ type: 'string' }, '', ['field.missing']],
    [{ type: 'integer', minimum: 1 }, undefined, ['field.missing']],
    [{ type: 'integer', minimum: 1 }, 0, ['field.min', { min: 1 }]],
    [{ type: 'integer', maximum: 9 }, 10, ['field.max', { max: 9 }]],
    [{ type: 'integer' }, 1.5, ['field.whole']],
    [{ type: 'number' }, 'many', ['field.number']],
    [{ type: 'string', maxLength: 3 }, 'long', ['field.long', { max: 3 }]],
    [{ type: 'string', minLength: 5 }, 'long', ['field.short', { min: 5 }]],
    [{ type: 'string', format: 'email' }, 'nora', ['field.email']],
    [{ type: 'string', format: 'date' }, 'soon', ['field.date']],
    [{ enum: ['a', 'b'] }, 'c', ['field.choice']],
  ])('of %j and %j is told by the catalogue', (schema, value, text) => {
    expect(faultText(schema, value)).toEqual(text);
  });

  it('is left to the server where the schema does not say', () => {
    expect(faultText({ type: 'string', pattern: '^x' }, 'y')).toBeUndefined();
  });

  it('is found at its place, however deep', () => {
    const form = { network: { type: 'object', properties: { port: { type: 'integer', minimum: 1 } } } };
    expect(fieldAt(form, { network: { port: 0 } }, 'network.port')).toEqual({
      schema: { type: 'integer', minimum: 1 },
      value: 0,
    });
    expect(fieldAt(form, {}, 'network.host')).toBeUndefined();
  });
});
