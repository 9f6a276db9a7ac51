/** The names of backups: a stamp they share, and what a file says of itself (RBK-17, RBK-18). */

const STAMP = /^\d{8}_\d{6}$/;

/** `20260123_140530`: the second a backup began, in UTC, so that names sort as the backups were made. */
export const stampOf = (at: Date): string =>
  at
    .toISOString()
    .replace(/[-:]|\..*$/g, '')
    .replace('T', '_');

export const isStamp = (text: string): boolean => STAMP.test(text);

/** What is inside, beneath the encryption. `dump.gz`: our own format, gzip; `pgdump`: what `pg_dump -Fc` wrote. */
export type Payload = 'dump.gz' | 'pgdump';

export interface FileNameParts {
  readonly database: string;
  readonly stamp: string;
  readonly payload: Payload;
  /** Of a backup of one tenant. */
  readonly tenantId?: string | undefined;
}

/**
 * `<database>_<stamp>.dump.gz.enc`; of one tenant `<database>.<tenant id>_<stamp>.dump.gz.enc`. The last ending says
 * that nothing but Tenantry opens it.
 */
export const fileNameOf = ({ database, stamp, payload, tenantId }: FileNameParts): string =>
  `${database}${tenantId === undefined ? '' : `.${tenantId}`}_${stamp}.${payload}.enc`;
