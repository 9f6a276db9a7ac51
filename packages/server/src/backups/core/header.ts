/** What stands in clear at the beginning of a backup file: enough to know whose it is, and nothing of its content. */
import { canonicalJson } from '@tenantry/contract';
import { z } from 'zod';

export const SCOPES = ['tenant', 'set', 'self'] as const;
/** Of one tenant; of a product environment's databases; of the control plane itself. */
export type BackupScope = (typeof SCOPES)[number];

const bytes = z.string().regex(/^[A-Za-z0-9+/]+=*$/);

export const headerSchema = z.strictObject({
  format: z.literal(1),
  backup: z.uuid(),
  scope: z.enum(SCOPES),
  product: z.string().nullable(),
  environment: z.string().nullable(),
  database: z.string(),
  tenant: z.uuid().nullable(),
  stamp: z.string().regex(/^\d{8}_\d{6}$/),
  payload: z.enum(['dump.gz', 'pgdump']),
  /** The data key of the backup, sealed: by a key of the vault, or by a master key where the vault is what is saved. */
  key: z.union([
    z.strictObject({ vault: z.uuid(), nonce: bytes, box: bytes }),
    z.strictObject({ master: z.string(), nonce: bytes, box: bytes }),
  ]),
  /** Of this file: its own key is derived with it. */
  salt: bytes,
});

export type Header = z.infer<typeof headerSchema>;

/** The members the data key is bound to: it opens beside the same backup, tenant and database only. */
export const keyContext = (header: Pick<Header, 'backup' | 'scope' | 'tenant' | 'stamp'>): readonly unknown[] => [
  'tenantry/backup/v1',
  header.backup,
  header.scope,
  header.tenant,
  header.stamp,
];

export const headerBytes = (header: Header): Buffer => Buffer.from(canonicalJson(header));
