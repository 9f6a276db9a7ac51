import { type BackupView, backupViewSchema, pageSchema, TenantryError } from '@tenantry/contract';
import type { Client } from '../../client.ts';
import type { SubjectWords } from './subject.ts';

export const backupPageSchema = pageSchema(backupViewSchema);

/** `latest` or a timestamp. @throws backup.not_found */
export async function findBackup(client: Client, { self, ...words }: SubjectWords, which: string): Promise<BackupView> {
  const query = { ...words, ...(self === true && { self: 'true' }), which };
  const [found] = (await client.get('/api/v1/backups', backupPageSchema, { query })).items;
  if (found !== undefined) return found;
  throw new TenantryError('backup.not_found', `There is no backup ${which}.`);
}
