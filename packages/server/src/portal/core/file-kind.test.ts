import { describe, expect, it } from 'vitest';
import { cleanFileName, fileKind } from './file-kind.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const zip = (inside: string): Uint8Array => bytes(`PK\x03\x04\x14\x00${inside}`);

describe('the kind of an uploaded file', () => {
  it.each([
    ['a PDF', bytes('%PDF-1.7\n'), 'application/pdf'],
    ['a PNG', bytes('\x89PNG\r\n\x1a\n...'), 'image/png'],
    ['a JPEG', bytes('\xff\xd8\xff\xe0'), 'image/jpeg'],
    ['a WebP', bytes('RIFF1234WEBPVP8 '), 'image/webp'],
    ['a ZIP', zip('photos/a.jpg'), 'application/zip'],
    ['a Word document', zip('[Content_Types].xml word/document.xml'), expect.stringContaining('wordprocessingml')],
    ['SAML metadata', bytes('<?xml version="1.0"?><EntityDescriptor entityID="x"/>'), 'application/xml'],
    ['JSON', bytes('{"a": 1}'), 'application/json'],
    ['a CSV', bytes('email,name\na@b.example,Ann\n'), 'text/plain'],
  ])('%s is told by its bytes', (_what, content, kind) => {
    expect(fileKind(content)).toEqual(kind);
  });

  it.each([
    ['an empty file', bytes('')],
    ['a program', bytes('\x7fELF\x02\x01\x01\x00')],
    ['a Windows program', bytes('MZ\x90\x00\x03')],
    ['a web page', bytes('<!DOCTYPE html><p>hello')],
    ['a picture that runs scripts', bytes('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')],
    ['XML that hides a script', bytes('<?xml version="1.0"?><a><script>x</script></a>')],
    ['a shell script', bytes('#!/bin/sh\nrm -rf /')],
    ['text in no encoding', bytes('\xc3\x28 hello')],
  ])('%s is refused', (_what, content) => {
    expect(fileKind(content)).toBeUndefined();
  });

  it('a name loses its path and what could turn it around', () => {
    expect(cleanFileName('D:\\papers\\contract.pdf')).toBe('contract.pdf');
    expect(cleanFileName('../../etc/passwd')).toBe('passwd');
    expect(cleanFileName('a\u202Efdp.exe')).toBe('afdp.exe');
    expect(cleanFileName('..')).toBe('file');
  });
});
