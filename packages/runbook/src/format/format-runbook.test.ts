import { TenantryError } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { readYaml } from '../parse/read-yaml.ts';
import { drafts } from '../testing/drafts.ts';
import { formatRunbook } from './format-runbook.ts';

const value = (source: string): unknown => readYaml(source, '', 1 << 22).value;
const comments = (source: string): readonly string[] => source.match(/(?<=^|\s)# .*/gm) ?? [];

describe('formatRunbook', () => {
  it.each(drafts)('$file keeps its meaning and its comments, and formatting again changes nothing', ({ source }) => {
    const formatted = formatRunbook(source);
    expect(value(formatted)).toEqual(value(source));
    expect(comments(formatted)).toEqual(comments(source));
    expect(formatRunbook(formatted)).toBe(formatted);
  });

  it('writes long maps as blocks, short ones on one line, and separates phases', () => {
    const long = `{ name: "\${{ intake.company }}", slug: "\${{ intake.slug }}", plan: enterprise, status: onboarding, settings: [a,   b] }`;
    expect(formatRunbook(`phases:\n - {id: a,   steps: [ ]}\n # second\n - id: b\n   with: ${long}\n`)).toBe(
      `phases:
  - { id: a, steps: [] }

  # second
  - id: b
    with:
      name: "\${{ intake.company }}"
      slug: "\${{ intake.slug }}"
      plan: enterprise
      status: onboarding
      settings: [a, b]
`,
    );
  });

  it('repairs quoting on the way', () => {
    expect(formatRunbook('version: 1.0\nif: !a.b\n')).toBe('version: "1.0"\nif: "!a.b"\n');
  });

  it('refuses what cannot be read, with the place', () => {
    try {
      formatRunbook('a: "b');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(TenantryError);
      expect(error).toMatchObject({ code: 'runbook.invalid', faults: [{ rule: 'yaml-syntax', line: 1 }] });
    }
  });
});
