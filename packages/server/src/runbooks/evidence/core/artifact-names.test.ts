import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameArtifacts } from './artifact-names.ts';
import type { RecordedArtifact } from './recorded-run.ts';

const artifact = (name: string): RecordedArtifact => ({
  id: name,
  step: 'sheet',
  round: 1,
  name,
  mediaType: 'text/plain',
  sha256: '',
  link: null,
  bytes: new Uint8Array(),
  at: '2026-11-20T09:00:00.000Z',
});
const filesOf = (...names: readonly string[]) => nameArtifacts(names.map(artifact)).map(({ file }) => file);

describe('file names in a pack', () => {
  it('keeps a plain name as it is', () => {
    expect(filesOf('Sign-off_2026.11.pdf')).toEqual(['artifacts/Sign-off_2026.11.pdf']);
  });

  it('takes paths, drives, devices, dots and empty names to plain ones', () => {
    expect(filesOf('../../etc/passwd', 'C:\\temp\\a.txt', 'con.txt', '..', '', '.env', 'Prüfung.pdf')).toEqual([
      'artifacts/etc_passwd',
      'artifacts/C_temp_a.txt',
      'artifacts/file_con.txt',
      'artifacts/file',
      'artifacts/file-2',
      'artifacts/env',
      'artifacts/Prufung.pdf',
    ]);
  });

  it('never gives two files one name, nor one that a system without case would take for another', () => {
    expect(filesOf('a.pdf', 'A.pdf', 'a-2.pdf', 'a.pdf')).toEqual([
      'artifacts/a.pdf',
      'artifacts/A-2.pdf',
      'artifacts/a-2-2.pdf',
      'artifacts/a-3.pdf',
    ]);
  });

  it('whatever the names: safe, of bounded length, and different', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 12 }), (names) => {
        const files = filesOf(...names);
        for (const file of files) expect(file).toMatch(/^artifacts\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,105}$/);
        expect(new Set(files.map((file) => file?.toLowerCase())).size).toBe(names.length);
      }),
    );
  });

  it('gives none to an artifact that is only a link', () => {
    expect(nameArtifacts([{ ...artifact('a'), bytes: null, link: 'https://example.com' }])[0]?.file).toBeNull();
  });
});
