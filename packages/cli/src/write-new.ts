import { writeFile } from 'node:fs/promises';
import { TenantryError } from '@tenantry/contract';

/**
 * Writes a file that is not there yet; `force` replaces one that is. `path` is shown in messages.
 *
 * @throws command.invalid for a file that is there; file.unreadable where nothing can be written
 */
export async function writeNew(
  absolute: string,
  path: string,
  content: string | Uint8Array,
  force: boolean,
): Promise<void> {
  try {
    await writeFile(absolute, content, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new TenantryError('command.invalid', `${path} is there already.`, {
        next: 'Name another file, or give --force to replace it.',
      });
    }
    throw new TenantryError('file.unreadable', `${path} cannot be written.`, {
      cause: error,
      next: 'Check the folder and its permissions.',
    });
  }
}
