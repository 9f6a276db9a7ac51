import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Installation, ROOT, startInstallation } from './installation.ts';

const CLIENT = join(ROOT, 'examples/clients/northwind-joinery.yaml');
const GOOD = readFileSync(CLIENT, 'utf8');
const change = (from: string | RegExp, to: string): string => {
  const changed = GOOD.replace(from, to);
  if (changed === GOOD) throw new Error(`the sample client has no ${String(from)}`);
  return changed;
};

/** What is handed in, and what the one clear answer has to name. */
const CASES: readonly {
  readonly name: string;
  readonly file: string | Buffer;
  readonly says: readonly (string | RegExp)[];
  readonly code: number;
}[] = [
  { name: 'a missing field', file: change(/^ {2}slug: .*\n/m, ''), says: ['slug', 'missing'], code: 64 },
  {
    name: 'a misspelt field',
    file: change('  company:', '  compnay:'),
    says: ['compnay', 'company', /:\d+/],
    code: 64,
  },
  {
    name: 'a field that stands twice',
    file: change('  company: Northwind Joinery\n', '  company: A\n  company: B\n'),
    says: ['company', /:1[3-6]/],
    code: 64,
  },
  { name: 'a field of the wrong type', file: change('users: 1000', 'users: many'), says: ['users', /:\d+/], code: 64 },
  {
    name: 'a file that is no UTF-8',
    file: Buffer.from([0x72, 0x75, 0x6e, 0x3a, 0x20, 0xff, 0xfe, 0x0a]),
    says: ['UTF-8'],
    code: 64,
  },
  {
    name: 'a YAML bomb',
    file: `a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nintake: [*c, *c]\n`,
    says: [/[Aa]lias/, /:2:8/],
    code: 64,
  },
  { name: 'a file of 50 MB', file: Buffer.alloc(50 * 1024 * 1024, 0x61), says: [/MB|large|bytes/], code: 64 },
  {
    name: 'an unknown runbook',
    file: change('runbook: enterprise-onboarding', 'runbook: entreprise-onboarding'),
    says: ['entreprise-onboarding', 'enterprise-onboarding'],
    code: 66,
  },
  {
    name: 'a slug that is reserved',
    file: change(/^ {2}slug: .*$/m, '  slug: admin'),
    says: ['admin', 'reserved'],
    code: 65,
  },
  {
    name: 'a date that cannot be met',
    file: change('expected_go_live: 2031-03-03', 'expected_go_live: 2026-11-25'),
    says: ['2026-11-25', 'working day'],
    code: 65,
  },
];

describe('a client file with a fault', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await startInstallation({
      args: ['--app', join(ROOT, 'examples/apps/cutlist'), '--client', CLIENT],
    });
    await installation.printed('It keeps running');
  }, 120_000);
  afterAll(async () => {
    await installation.stop();
    installation.remove();
  }, 60_000);

  it.each(CASES)(
    '$name: one clear error with an exit code of its own, and no row written',
    async ({ name, file, says, code }) => {
      const path = join(installation.folder, `${name.replaceAll(' ', '-')}.yaml`);
      writeFileSync(path, file);
      const audit = await installation.json('audit', 'list');
      const answer = await installation.tenantry('onboard', path);
      for (const part of says) {
        if (typeof part === 'string') expect(answer.stderr).toContain(part);
        else expect(answer.stderr).toMatch(part);
      }
      expect(answer.stderr).not.toMatch(/\n\s+at /);
      expect(answer.code).toBe(code);
      expect(await installation.json('run', 'list')).toMatchObject({ items: [] });
      expect(await installation.json('audit', 'list')).toEqual(audit);
    },
    60_000,
  );
});
