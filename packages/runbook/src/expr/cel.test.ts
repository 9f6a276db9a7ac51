import { describe, expect, it } from 'vitest';
import {
  checkType,
  compile,
  evaluate,
  evaluateGate,
  evaluatePartial,
  extendTypeScope,
  references,
  resultSchema,
  typeScope,
} from './cel.ts';
import { ExpressionError } from './expression-error.ts';
import { timestampSchema } from './json-types.ts';
import { unknownValue } from './markers.ts';

const scope = {
  intake: { n: 2, half: 0.5, tier: 'premium', tags: ['a', 'b'], numbers: [1, 2, 3], empty: [] },
  secret: { $secret: 'vault:1' },
  go_live: new Date('2026-03-02T09:00:00Z'),
};

const failure = (work: () => unknown): ExpressionError => {
  try {
    work();
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('evaluate', () => {
  it.each([
    ['intake.n + 1', 3],
    ['1 + intake.n * 2', 5],
    ['intake.n - 1', 1],
    ['intake.n / 4', 0.5],
    ['intake.n % 2 == 0', true],
    ['5 % intake.n', 1],
    ['intake.half + intake.n', 2.5],
    ['intake.n == 2 && intake.n == 2.0', true],
    ['2 in intake.numbers', true],
    ['intake.n in [1, 2]', true],
    ['intake.n in intake.numbers', true],
    ['intake.tags.size() == intake.n', true],
    ['intake.n < intake.tags.size()', false],
    ['-intake.n', -2],
    ['intake.numbers == [1, 2, 3]', true],
    ['intake.numbers[0]', 1],
  ])('numbers are one type: %s', (expression, expected) => {
    expect(evaluate(expression, scope)).toBe(expected);
  });

  it('gives plain values: lists, maps, timestamps', () => {
    expect(evaluate('intake.tags.map(t, t + "-x")', scope)).toEqual(['a-x', 'b-x']);
    expect(evaluate('{"a": [1, {"b": intake.n}]}', scope)).toEqual({ a: [1, { b: 2 }] });
    expect(evaluate('go_live + duration("24h")', scope)).toEqual(new Date('2026-03-03T09:00:00Z'));
    expect(evaluate('string(go_live)', scope)).toBe('2026-03-02T09:00:00.000Z');
    expect(evaluate('go_live - timestamp("2026-03-01T09:00:00Z")', scope)).toBe('86400s');
  });

  it('all and exists decide on an empty list', () => {
    expect(evaluate('intake.empty.all(x, x > 1)', scope)).toBe(true);
    expect(evaluate('intake.empty.exists(x, x > 1)', scope)).toBe(false);
  });

  it('an error says where it is', () => {
    const error = failure(() => evaluate('intake.n > 1 && intake.missing == 3', scope));
    expect(error.message).toBe('There is no `missing` here.');
    expect('intake.n > 1 && intake.missing == 3'.slice(error.offset, error.end)).toBe('missing');
    expect(error.code).toBe('runbook.expression_invalid');
  });

  it('the raw error of all() over a literal empty list is an expression error too', () => {
    expect(failure(() => evaluate('[].all(x, x > 1)', scope)).message).toContain('empty list');
  });

  it('a number too large to keep is an error, not a rounded value', () => {
    expect(failure(() => evaluate('9007199254740993', scope)).message).toContain('too large');
    expect(failure(() => evaluate('1.0 / 0.0', scope)).message).toContain('finite');
  });

  it.each([
    ['not intake.n', 'CEL writes `!` for not.'],
    ['intake.n and intake.n', 'CEL writes `&&` for and.'],
    ['intake.n === 2', 'CEL compares with `==` and `!=`.'],
    ['intake.n = 2', 'CEL compares with `==`.'],
    ['intake.x ?? 2', 'CEL has no `??`: write `has(x) ? x : y`.'],
    ['intake?.x', 'CEL has no `?.`: write `has(a.b) && a.b…`.'],
  ])('habits of other languages are explained: %s', (expression, hint) => {
    expect(failure(() => evaluate(expression, scope)).next).toBe(hint);
  });
});

describe('evaluateGate', () => {
  it('gives true or false', () => {
    expect(evaluateGate('intake.tier == "premium"', scope)).toBe(true);
    expect(evaluateGate('!(intake.tier == "premium")', scope)).toBe(false);
  });

  it('refuses everything that is not a bool', () => {
    expect(() => evaluateGate('intake.n', scope)).toThrow('must be true or false, and is number 2');
    expect(() => evaluateGate('intake.tags', scope)).toThrow('a list');
  });
});

describe('secrets', () => {
  it.each([
    'secret == "x"',
    '"x" == secret',
    'secret != "x"',
    'secret == secret',
    'secret + "x"',
    'string(secret)',
    'secret.$secret',
    'secret.size()',
  ])('an expression learns nothing from %s', (expression) => {
    const error = failure(() => evaluate(expression, scope));
    expect(error.message).not.toContain('vault:1');
  });

  it('a secret is handed on as it is', () => {
    expect(evaluate('secret', scope)).toEqual({ $secret: 'vault:1' });
    expect(evaluate('intake.n == 2 ? secret : secret', scope)).toEqual({ $secret: 'vault:1' });
  });
});

describe('evaluatePartial', () => {
  const planned = {
    ...scope,
    steps: { a: { output: { id: unknownValue('steps.a.output.id'), ok: true, list: [1, unknownValue('x')] } } },
  };

  it.each([
    ['steps.a.output.id == "x"', ['steps.a.output.id']],
    ['"x" in steps.a.output.list', ['x']],
    ['steps.a.output.list.size() == 2', ['x']],
    ['has(steps.a.output.id)', ['steps.a.output.id']],
    ['steps.a.output.id != "x"', ['steps.a.output.id']],
    ['steps.a.output == {"id": "x"}', ['steps.a.output.id', 'x']],
  ])('%s waits for apply', (expression, on) => {
    expect(evaluatePartial(expression, planned)).toEqual({ known: false, on });
  });

  it.each([
    ['steps.a.output.ok || steps.a.output.id == "x"', true],
    ['steps.a.output.id == "x" || steps.a.output.ok', true],
    ['false && steps.a.output.id == "x"', false],
    ['intake.n == 2 ? "y" : steps.a.output.id', 'y'],
  ])('%s is decided without what is unknown', (expression, value) => {
    expect(evaluatePartial(expression, planned)).toEqual({ known: true, value });
  });

  it('evaluate refuses what is known only after apply', () => {
    expect(() => evaluate('steps.a.output.id', planned)).toThrow('Known only after apply: steps.a.output.id');
  });
});

describe('references', () => {
  it('gives paths with offsets, without the variables of macros', () => {
    const expression =
      'steps.a.output.pods.all(p, p.ready && p.zone in intake.zones) && has(steps.b.output["x y"]) && vars.t[intake.r].z';
    expect(references(expression).map(({ path, optional, computed }) => [path.join('/'), optional, computed])).toEqual([
      ['steps/a/output/pods', false, false],
      ['intake/zones', false, false],
      ['steps/b/output/x y', true, false],
      ['vars/t', false, true],
      ['intake/r', false, false],
    ]);
    for (const { path, start } of references(expression))
      expect(expression.startsWith(path[0] ?? '', start)).toBe(true);
  });

  it('a macro variable hides a name of the scope only inside its body', () => {
    expect(
      references('intake.xs.all(intake, intake.ok) && intake.ok').map((reference) => reference.path.join('.')),
    ).toEqual(['intake.xs', 'intake.ok']);
  });
});

describe('checkType', () => {
  const types = typeScope({
    type: 'object',
    properties: {
      intake: {
        type: 'object',
        properties: {
          n: { type: 'integer' },
          tier: { type: 'string' },
          key: { type: 'string', 'x-secret': true },
          numbers: { type: 'array', items: { type: 'number' } },
          pods: { type: 'array', items: { type: 'object', properties: { ready: { type: 'boolean' } } } },
          open: {},
          nullable: { type: ['string', 'null'] },
        },
      },
      go_live: timestampSchema,
    },
  });
  const message = (expression: string): string | undefined => checkType(expression, types, 'bool')[0]?.message;

  it.each([
    'intake.n + 1 > 2',
    'intake.n % 2 == 1',
    'intake.n in intake.numbers && 1 in intake.numbers',
    'intake.pods.all(p, p.ready)',
    'intake.open.anything.all(x, x.y > 3)',
    'intake.nullable == null || intake.nullable == "x"',
    'go_live + duration("1h") > go_live',
    'string(go_live).startsWith("2026")',
    'intake["n"] == 1',
  ])('%s is fine', (expression) => {
    expect(checkType(expression, types, 'bool')).toEqual([]);
  });

  it.each([
    ['intake.n == "x"', '`==` does not work between number and text.'],
    ['intake.key == "x"', '`==` does not work between secret and text.'],
    ['intake.key + "x"', '`+` does not work between secret and text.'],
    ['string(intake.key) == ""', '`string` does not take (secret).'],
    ['intake.pods.all(p, p.redy)', 'There is no `redy` here.'],
    ['intake.n', 'This must be true or false, and is number.'],
    ['intake.missing == 1', 'There is no `missing` here.'],
  ])('%s is not: %s', (expression, expected) => {
    expect(message(expression)).toBe(expected);
  });

  it('text takes numbers and bools, and no list, map or time', () => {
    for (const good of ['intake.n', 'intake.tier', 'intake.n > 1', 'intake.key'])
      expect(checkType(good, types, 'text')).toEqual([]);
    for (const bad of ['intake.numbers', 'go_live', 'intake.pods[0]'])
      expect(checkType(bad, types, 'text')[0]?.message).toContain('cannot stand inside text');
  });

  it('more names extend a scope without changing it', () => {
    const extended = extendTypeScope(types, { output: { type: 'object', properties: { ok: { type: 'boolean' } } } });
    expect(checkType('output.ok && intake.n > 1', extended, 'bool')).toEqual([]);
    expect(checkType('output.ko', extended, 'bool')[0]?.message).toBe('There is no `ko` here.');
    expect(message('output.ok')).toBe('There is no name `output` here.');
  });

  it('takes a bare schema too', () => {
    expect(checkType('a > 1', { type: 'object', properties: { a: { type: 'number' } } }, 'bool')).toEqual([]);
  });

  it('tells the schema of a result', () => {
    expect(resultSchema('intake.n + 1', types)).toEqual({ type: 'number' });
    expect(resultSchema('intake.numbers.map(x, string(x))', types)).toEqual({
      type: 'array',
      items: { type: 'string' },
    });
    expect(resultSchema('go_live', types)).toEqual(timestampSchema);
    expect(resultSchema('intake.open', types)).toEqual({});
  });
});

describe('hostile input', () => {
  it('keys of prototypes are plain keys', () => {
    const data = { m: JSON.parse('{"__proto__": {"x": 1}, "constructor": 5, "toString": "s"}') };
    expect(evaluate('m.constructor', data)).toBe(5);
    expect(evaluate('m["__proto__"].x', data)).toBe(1);
    expect(evaluate('m.toString', data)).toBe('s');
    expect(Object.keys(evaluate('m', data) as object)).toEqual(['__proto__', 'constructor', 'toString']);
    for (const expression of ['m.hasOwnProperty', 'constructor', 'toString', '__proto__'])
      expect(() => evaluate(expression, data)).toThrow(ExpressionError);
  });

  it.each([
    '"aaaaaaaaaaaaaaaaaaaaaaaaaaaa!".matches("^(a+)+$")',
    'cel.bind(x, "a", x)',
    'intake.tags.reduce(a, b, c)',
    'bytes("x").hex()',
    'nope(1)',
  ])('%s is not part of the language', (expression) => {
    expect(() => compile(expression)).toThrow(ExpressionError);
  });

  it('matches says what to use instead', () => {
    expect(failure(() => compile('a.matches("b")')).next).toContain('startsWith');
  });

  it('ten thousand items are handled, one more is refused', () => {
    expect(evaluate('xs.all(x, x >= 0)', { xs: Array.from({ length: 10_000 }, (_, index) => index) })).toBe(true);
    expect(() => evaluate('xs.all(x, x >= 0)', { xs: Array.from({ length: 10_001 }, () => 1) })).toThrow('too long');
  });

  it('loops in loops are refused before they run', () => {
    const xs = Array.from({ length: 2_000 }, () => 1);
    expect(() => evaluate('xs.all(a, xs.all(b, a == b))', { xs })).toThrow('too much work');
    expect(() => evaluate('xs.all(a, a in xs)', { xs })).toThrow('too much work');
    expect(() => evaluate('xs.map(a, s).join("")', { xs, s: 'x'.repeat(100_000) })).toThrow('too much work');
  });

  it('deep data, deep and long expressions are refused, not overflowed', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 50_000; level += 1) deep = [deep];
    expect(() => evaluate('deep', { deep })).toThrow('nested deeper');
    expect(() => compile(`${'('.repeat(1_500)}1${')'.repeat(1_500)}`)).toThrow(ExpressionError);
    expect(() => compile(`${'!'.repeat(3_000)}true`)).toThrow(ExpressionError);
    expect(() => compile(`1${'+1'.repeat(1_500)}`)).toThrow(ExpressionError);
    expect(evaluate(`1${'+1'.repeat(900)}`, {})).toBe(901);
    expect(() => compile('a'.repeat(5_000))).toThrow('at most 4000 characters');
  });

  it('a result that is a type is not data', () => {
    expect(() => evaluate('type(1)', {})).toThrow('not data');
  });
});
