import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('./drafts/', import.meta.url));

export const readDraftFile = (path: string): string | undefined => {
  const name = path.replace(/^\.\//, '');
  return readdirSync(FOLDER).includes(name) ? readFileSync(join(FOLDER, name), 'utf8') : undefined;
};

/** The runbooks that stand beside this file, by file name, without their intake schemas. */
export const drafts: readonly { readonly file: string; readonly source: string }[] = readdirSync(FOLDER)
  .filter((file) => !file.endsWith('.intake.yaml'))
  .map((file) => ({ file, source: readFileSync(join(FOLDER, file), 'utf8') }));
