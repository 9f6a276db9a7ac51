import { describe, expect, it } from 'vitest';
import { kindOf, labelOf, pathText, resolve, valueAt, withoutSecrets, withValue } from './schema.ts';

describe('kindOf', () => {
  it.each([
    [{ type: 'string' }, 'text'],
    [{ type: ['string', 'null'] }, 'text'],
    [{ type: 'string', 'x-secret': true }, 'secret'],
    [{ type: 'string', enum: ['a'] }, 'choice'],
    [{ type: 'string', format: 'date' }, 'date'],
    [{ type: 'string', format: 'file' }, 'file'],
    [{ type: 'integer' }, 'number'],
    [{ type: 'boolean' }, 'boolean'],
    [{ type: 'array', items: { type: 'string' } }, 'lines'],
    [{ type: 'array', items: { type: 'object', properties: { a: {} } } }, 'list'],
    [{ properties: { a: {} } }, 'group'],
    [{ type: 'object' }, 'json'],
    [{}, 'json'],
  ])('%j is a field of kind %s', (schema, kind) => {
    expect(kindOf(schema)).toBe(kind);
  });
});

describe('values', () => {
  it('change at their place and nowhere else; what is emptied goes with the groups it leaves empty', () => {
    const value = { a: { b: [{ c: 1 }, { c: 2 }] }, d: 3 };
    expect(withValue(value, ['a', 'b', 1, 'c'], 9)).toEqual({ a: { b: [{ c: 1 }, { c: 9 }] }, d: 3 });
    expect(withValue(value, ['a', 'b', 2], { c: 3 })).toEqual({ a: { b: [{ c: 1 }, { c: 2 }, { c: 3 }] }, d: 3 });
    expect(withValue(value, ['a', 'b', 0], undefined)).toEqual({ a: { b: [{ c: 2 }] }, d: 3 });
    expect(withValue({ a: { b: 1 } }, ['a', 'b'], undefined)).toBeUndefined();
    expect(valueAt(value, ['a', 'b', 1, 'c'])).toBe(2);
    expect(value.a.b).toHaveLength(2);
  });

  it('are named as the faults of the intake name them', () => {
    expect(pathText(['contacts', 0, 'email'])).toBe('contacts[0].email');
  });
});

describe('withoutSecrets', () => {
  it('keeps no secret in a draft, however deep and through references', () => {
    const root = {
      $defs: {
        login: {
          type: 'object',
          properties: { user: { type: 'string' }, password: { type: 'string', 'x-secret': true } },
        },
      },
      properties: {
        name: { type: 'string' },
        logins: { type: 'array', items: { $ref: '#/$defs/login' } },
        token: { 'x-secret': true },
      },
    };
    const value = { name: 'x', token: 't', logins: [{ user: 'u', password: 'p' }] };
    expect(withoutSecrets(value, root, root)).toEqual({ name: 'x', logins: [{ user: 'u' }] });
  });
});

it('names are words where the author gave no title', () => {
  expect(labelOf('contract_start', {})).toBe('Contract start');
  expect(labelOf('x', { title: 'Given' })).toBe('Given');
  expect(resolve({ $ref: '#/$defs/a', title: 'Here' }, { $defs: { a: { type: 'string' } } })).toEqual({
    type: 'string',
    title: 'Here',
  });
});
