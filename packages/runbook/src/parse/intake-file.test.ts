import { describe, expect, it } from 'vitest';
import type { Json, JsonSchema } from '../definition.ts';
import { readDraftFile } from '../testing/drafts.ts';
import { checkIntake, parseIntakeFile } from './intake-file.ts';
import { schemaFault } from './intake-schema.ts';
import { readYaml } from './read-yaml.ts';

const schema: JsonSchema = {
  type: 'object',
  required: ['users', 'email', 'sso'],
  properties: {
    users: { type: 'integer', minimum: 1 },
    email: { type: 'string', format: 'email' },
    tier: { enum: ['basic', 'premium'] },
    key: { type: 'string', 'x-secret': true },
    open: { type: 'object' },
    sso: {
      type: 'object',
      required: ['protocol'],
      properties: { protocol: { type: 'string', default: 'none' }, jit: { type: 'boolean', default: false } },
    },
    contacts: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } },
  },
};

function faultsOf(source: string): readonly string[] {
  const { data, positions, faults } = parseIntakeFile(source, 'client.yaml');
  if (data === undefined) return faults.map((fault) => fault.message);
  return checkIntake(data, schema, positions).faults.map(
    ({ line, column, message, fix }) => `${line}:${column} ${message}${fix === undefined ? '' : ` ${fix}`}`,
  );
}

describe('checkIntake', () => {
  it('fills in defaults on a copy', () => {
    const data = { users: 3, email: 'a@example.com', sso: {} };
    expect(checkIntake(data, schema)).toEqual({ data: { ...data, sso: { protocol: 'none', jit: false } }, faults: [] });
    expect(data.sso).toEqual({});
  });

  it('gives every fault at once, each with field, line and help', () => {
    expect(
      faultsOf('users: many\nemial: a@example.com\ntier: gold\nsso:\n  protocl: saml\ncontacts:\n  - name: 3\n'),
    ).toEqual([
      '1:1 `email` is missing. Add it.',
      '1:8 `users` must be a whole number.',
      '2:1 `emial` is not a field of this intake. Did you mean `email`?',
      '3:7 `tier` must be one of basic, premium.',
      '5:3 `sso.protocl` is not a field of this intake. Did you mean `protocol`?',
      '7:11 `contacts[0].name` must be text. Put quotes around it.',
    ]);
  });

  it('says how a date or address is written', () => {
    expect(faultsOf('users: 1\nemail: nobody\nsso: {}')).toEqual([
      '2:8 `email` is not a valid email. Write it like name@example.com.',
    ]);
  });

  it('an object without listed properties stays open, one with them is closed unless it says otherwise', () => {
    expect(checkIntake({ users: 1, email: 'a@example.com', sso: {}, open: { anything: 1 } }, schema).faults).toEqual(
      [],
    );
    const said: JsonSchema = { type: 'object', properties: { a: {} }, additionalProperties: true };
    expect(checkIntake({ b: 1 }, said).faults).toEqual([]);
  });

  it('never repeats a value that was entered', () => {
    const secret: JsonSchema = {
      type: 'object',
      properties: { key: { type: 'string', 'x-secret': true, pattern: '^k_', maxLength: 5 } },
    };
    const { faults } = checkIntake({ key: 'hunter2-hunter2' }, secret);
    expect(faults).toHaveLength(2);
    expect(JSON.stringify(faults)).not.toContain('hunter2');
  });

  it('data nested deeper than the stack is one fault', () => {
    let deep: Json = 1;
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(checkIntake({ open: deep }, schema).faults).toMatchObject([{ rule: 'too-deep' }]);
  });

  it('INT-03: conditional fields are required and refused as the schema says', () => {
    const sso = readYaml(
      `type: object
required: [sso]
properties: { sso: { type: boolean }, provider: { enum: [saml, oidc] }, idp: { type: string } }
if: { properties: { sso: { const: true } } }
then: { required: [provider, idp] }
else: { properties: { provider: false, idp: false } }`,
      'schema',
      1024,
    ).value as JsonSchema;
    const messages = (data: Record<string, unknown>): readonly string[] =>
      checkIntake(data as never, sso).faults.map((fault) => fault.message);
    expect(messages({ sso: true, provider: 'saml', idp: 'Okta' })).toEqual([]);
    expect(messages({ sso: false })).toEqual([]);
    expect(messages({ sso: true })).toEqual(['`idp` is missing.', '`provider` is missing.']);
    expect(messages({ sso: false, provider: 'saml' })).toEqual(['`provider` must be left out here.']);
  });

  it.each([
    ['timezone', 'America/New_York', 'Mars/Olympus'],
    ['language', 'en-US', 'not a language'],
    ['country', 'BR', 'Brazil'],
    ['phone', '+55 11 91234-5678', 'call me'],
    ['date', '2026-03-01', '2026-02-30'],
  ])('INT-39, INT-40: the format %s takes %s and refuses %s', (format, good, bad) => {
    const field: JsonSchema = { type: 'object', properties: { field: { type: 'string', format } } };
    expect(checkIntake({ field: good }, field).faults).toEqual([]);
    expect(checkIntake({ field: bad }, field).faults).toHaveLength(1);
  });

  it('INT-42: a value outside an enum is refused by the schema of the loyalty client', () => {
    const { value } = readYaml(readDraftFile('./idp-client-onboarding.intake.yaml') ?? '', 'schema', 1 << 20);
    const technical = {
      smtp_provider: 'sendgrid',
      smtp_credentials: 'k',
      smtp_from: 'a@example.com',
      backup_schedule: 'hourly',
    };
    const { faults } = checkIntake(
      { organization: {}, admin_contact: {}, business: {}, technical } as never,
      value as JsonSchema,
    );
    expect(faults.map((fault) => fault.message)).toContain('`technical.backup_schedule` must be one of daily, weekly.');
    expect(faults.map((fault) => fault.path)).not.toContain('technical.shared_oauth_app');
  });
});

describe('sealed secrets', () => {
  const sealed = { users: 1, email: 'a@example.com', sso: {}, key: { $secret: 'vault:1' } };

  it('nobody outside hands one in, wherever it hides', () => {
    expect(checkIntake(sealed, schema).faults.map((fault) => fault.path)).toContain('key["$secret"]');
    const hidden = { ...sealed, key: 'k', open: { deep: [{ $secretTemplate: ['x'] }, { $unknown: 'y' }] } };
    expect(checkIntake(hidden, schema).faults).toMatchObject([
      { rule: 'reserved-key', path: 'open.deep[0]["$secretTemplate"]' },
      { rule: 'reserved-key', path: 'open.deep[1]["$unknown"]' },
    ]);
  });

  it('the system may hand its own to a child run, where the schema asks for a secret', () => {
    expect(checkIntake(sealed, schema, undefined, { sealed: true }).faults).toEqual([]);
    const misplaced = { ...sealed, email: { $secret: 'vault:1' }, key: 3 };
    expect(checkIntake(misplaced, schema, undefined, { sealed: true }).faults.map((fault) => fault.path)).toEqual([
      'email',
      'key',
    ]);
  });
});

describe('parseIntakeFile', () => {
  it('a duplicate key is named with its line', () => {
    expect(parseIntakeFile('a: 1\nb: 2\na: 3', 'f').faults).toMatchObject([
      { rule: 'duplicate-key', line: 3, message: 'The key `a` stands twice in this map.' },
    ]);
  });

  it('a file that is no map is refused', () => {
    for (const source of ['', '- a', 'text', '42'])
      expect(parseIntakeFile(source, 'f').faults).toMatchObject([{ rule: 'wrong-type' }]);
  });

  it('a file over 1 MiB gives one clear fault', () => {
    expect(faultsOf(`a: "${'x'.repeat(1024 * 1024)}"`)).toEqual(['The file has 1025 KiB; the limit is 1024 KiB.']);
  });
});

describe('schemaFault', () => {
  it('names what is wrong with a schema', () => {
    expect(schemaFault({ type: 'strnig' })).toContain('type');
    expect(schemaFault({ type: 'object', properties: { a: { $ref: '#/$defs/none' } } })).toContain('none');
    expect(schemaFault(schema)).toBeUndefined();
  });
});
