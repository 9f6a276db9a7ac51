import { basename, extname } from 'node:path';
import { readBytes } from '../../input-file.ts';

/** The API takes 16 MiB of JSON, in which a file grows by a third. */
const FILE_BYTES_MAX = 11_000_000;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.gif': 'image/gif',
  '.html': 'text/html',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.txt': 'text/plain',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
};

/** A file as the API takes it. */
export async function fileBody(
  path: string,
  cwd: string,
): Promise<{ name: string; media_type: string; content_base64: string }> {
  const bytes = await readBytes(path, cwd, FILE_BYTES_MAX);
  return {
    name: basename(path),
    media_type: MEDIA_TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream',
    content_base64: Buffer.from(bytes).toString('base64'),
  };
}
