/**
 * What a file is, told by its bytes and never by its name (OWASP File Upload). A closed list of what people send while
 * they are onboarded; whatever else there is can be put into a ZIP. Nothing of it is ever shown inside a page.
 */

export const FILE_BYTES_MAX = 10 * 1024 * 1024;

interface Signature {
  readonly mediaType: string;
  /** At the beginning; a hole in it is any byte. */
  readonly start: readonly (number | undefined)[];
}

const text = (value: string): number[] => [...value].map((letter) => letter.charCodeAt(0));
const hole = (length: number): undefined[] => Array.from({ length }, () => undefined);

const SIGNATURES: readonly Signature[] = [
  { mediaType: 'application/pdf', start: text('%PDF-') },
  { mediaType: 'image/png', start: [0x89, ...text('PNG'), 0x0d, 0x0a, 0x1a, 0x0a] },
  { mediaType: 'image/jpeg', start: [0xff, 0xd8, 0xff] },
  { mediaType: 'image/gif', start: text('GIF8') },
  { mediaType: 'image/webp', start: [...text('RIFF'), ...hole(4), ...text('WEBP')] },
  { mediaType: 'application/zip', start: [0x50, 0x4b, 0x03, 0x04] },
];

/** Office documents are archives whose first folders say which kind (ECMA-376). */
const OFFICE: readonly (readonly [folder: string, mediaType: string])[] = [
  ['word/', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['xl/', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['ppt/', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
];

/** Text that a browser would run: refused, whatever it is called. */
const ACTIVE = /<\s*(?:!doctype\s+html|html|head|body|script|svg|iframe|object|embed)\b|<\?php|^#!/i;

/** The media type, or undefined for a kind that is not taken. */
export function fileKind(bytes: Uint8Array): string | undefined {
  const known = SIGNATURES.find(({ start }) => start.every((byte, at) => byte === undefined || bytes[at] === byte));
  if (known?.mediaType === 'application/zip') return officeKind(bytes) ?? known.mediaType;
  return known?.mediaType ?? textKind(bytes);
}

function officeKind(bytes: Uint8Array): string | undefined {
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!raw.includes('[Content_Types].xml')) return undefined;
  return OFFICE.find(([folder]) => raw.includes(folder))?.[1];
}

function textKind(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.includes(0)) return undefined;
  let content: string;
  try {
    content = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
  if (ACTIVE.test(content)) return undefined;
  const head = content.trimStart();
  if (head.startsWith('<')) return 'application/xml';
  if ((head.startsWith('{') || head.startsWith('[')) && isJson(content)) return 'application/json';
  return 'text/plain';
}

function isJson(content: string): boolean {
  try {
    JSON.parse(content);
    return true;
  } catch {
    return false;
  }
}

/** A name that is a name: no path, no control or direction characters, at most 200 letters. */
export function cleanFileName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  const plain = last
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
    .slice(0, 200);
  return plain === '' || plain === '.' || plain === '..' ? 'file' : plain;
}
