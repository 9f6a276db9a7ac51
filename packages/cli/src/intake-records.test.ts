import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sealIntake } from './intake-records.ts';
import { cli, scratchFolder } from './testing/cli.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const HANDOFF = sha256('{"customer":{"name":"Acme"},"seats":5}');

const SOURCE = `# The client file of Acme
runbook: enterprise-onboarding
intake:
  slug: acme
  handoff:   # from sales
    content:
      seats: 5            # canonical JSON sorts the keys
      customer: { name: Acme }
    recorded_by: { name: Sam, email: sam@vendor.example, role: sales }
    recorded_at: 2026-11-01T09:00:00Z   # UTC
  discovery:
    sha256: 0000
    content: { a: 1 }
  notes:
    - { content: { b: 2 }, recorded_at: 2026-11-01T09:00:00Z }
    - content:
        text: |
          Two
          lines
      recorded_by:
        name: Sam
`;

describe('sealIntake', () => {
  it('INT-01: writes the SHA-256 of the canonical JSON of each record, and changes nothing else', () => {
    const { source, records } = sealIntake(SOURCE, 'acme.yaml');

    expect(source).toBe(`# The client file of Acme
runbook: enterprise-onboarding
intake:
  slug: acme
  handoff:   # from sales
    content:
      seats: 5            # canonical JSON sorts the keys
      customer: { name: Acme }
    recorded_by: { name: Sam, email: sam@vendor.example, role: sales }
    recorded_at: 2026-11-01T09:00:00Z   # UTC
    sha256: ${HANDOFF}
  discovery:
    sha256: ${sha256('{"a":1}')}
    content: { a: 1 }
  notes:
    - { content: { b: 2 }, recorded_at: 2026-11-01T09:00:00Z, sha256: "${sha256('{"b":2}')}" }
    - sha256: ${sha256(String.raw`{"text":"Two\nlines\n"}`)}
      content:
        text: |
          Two
          lines
      recorded_by:
        name: Sam
`);
    expect(records.map(({ path, before }) => [path, before])).toEqual([
      ['intake.handoff', undefined],
      ['intake.discovery', undefined],
      ['intake.notes[0]', undefined],
      ['intake.notes[1]', undefined],
    ]);
  });

  it('leaves a sealed file as it is', () => {
    const { source } = sealIntake(SOURCE, 'acme.yaml');
    expect(sealIntake(source, 'acme.yaml').source).toBe(source);
  });

  it('seals JSON as JSON', () => {
    const { source } = sealIntake(
      '{"handoff": {"content": {"a": 1}, "recorded_at": "2026-11-01T09:00:00Z"}}',
      'acme.json',
    );
    expect(JSON.parse(source)).toMatchObject({ handoff: { content: { a: 1 }, sha256: sha256('{"a":1}') } });
  });

  it('keeps the line ends of Windows', () => {
    const { source } = sealIntake('handoff:\r\n  content: { a: 1 }\r\n  recorded_at: x\r\n', 'acme.yaml');
    expect(sealIntake(source, 'acme.yaml').records[0]?.before).toBe(sha256('{"a":1}'));
  });
});

describe('tenantry intake seal', () => {
  it('writes the file, says whose content had changed, and then finds nothing more to do', async () => {
    const cwd = await scratchFolder();
    const path = join(cwd, 'acme.yaml');
    await writeFile(path, SOURCE);

    expect((await cli(['intake', 'seal', 'acme.yaml', '--check'], { cwd })).code).toBe(64);
    expect(await readFile(path, 'utf8')).toBe(SOURCE);
    const sealed = await cli(['intake', 'seal', 'acme.yaml', '-o', 'json'], { cwd });
    expect(sealed.code).toBe(0);
    expect(sealed.json()).toMatchObject({ schema: 'tenantry.intake-seal/1', changed: true });
    expect((await cli(['intake', 'seal', 'acme.yaml', '--check'], { cwd })).code).toBe(0);
  });

  it('names the line of a file that cannot be read', async () => {
    const cwd = await scratchFolder();
    await writeFile(join(cwd, 'acme.yaml'), 'a: 1\na: 2\n');
    const { code, stderr } = await cli(['intake', 'seal', 'acme.yaml'], { cwd });
    expect(code).toBe(64);
    expect(stderr).toContain('acme.yaml:2:1');
  });
});
