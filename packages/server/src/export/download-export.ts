import type { Readable } from 'node:stream';
import { bug, fromWireId, TenantryError, toWireId } from '@tenantry/contract';
import { eq } from 'drizzle-orm';
import { type Ctx, systemActor } from '../access/index.ts';
import { isSigned, type LinkFacts, type LinkReader, signLink } from './core/link.ts';
import type { ByteRange } from './core/range.ts';
import { auditExport } from './request-export.ts';
import type { ExportDeps, ExportPlace, StoredArchive } from './sources.ts';
import { type ExportJob, tenantExports } from './tables.ts';

/** Long enough for a download that is taken up again the next morning. */
const LINK_MS = 24 * 3_600_000;

export interface ExportLink {
  readonly url: string;
  readonly expiresAt: Date;
}

/** A link to the archive of a job that is ready, signed for whoever asks; undefined for any other. */
export async function linkTo(ctx: Ctx, deps: ExportDeps, job: ExportJob): Promise<ExportLink | undefined> {
  const stored = storedIn(job);
  if (stored === undefined || job.expiresAt === null || job.expiresAt <= ctx.now) return undefined;
  const until = Math.min(ctx.now.getTime() + LINK_MS, job.expiresAt.getTime());
  const facts = factsOf(job, ctx.actor.kind === 'user' ? 'tenant' : 'vendor', Math.floor(until / 1_000));
  const signature = signLink(await deps.store.linkKey(ctx, placeOf(job), stored), facts);
  const query = new URLSearchParams({ for: facts.reader, expires: String(facts.expires), signature });
  return {
    url: `${deps.publicUrl}/api/v1/exports/${toWireId('export', job.id)}/archive?${query}`,
    expiresAt: new Date(facts.expires * 1_000),
  };
}

export interface DownloadInput {
  /** `export_…` */
  readonly exportId: string;
  readonly reader: LinkReader;
  readonly expires: number;
  readonly signature: string;
}

export interface Download {
  readonly fileName: string;
  readonly bytes: number;
  readonly sha256: string;
  read(range: ByteRange): Readable;
}

/**
 * The archive, for whoever shows a link that is good now. Why one is not is nobody's business who cannot sign.
 *
 * @throws export.link_refused
 */
export async function openDownload(deps: ExportDeps, input: DownloadInput, isFirst: boolean): Promise<Download> {
  const now = deps.now();
  const id = fromWireId('export', input.exportId);
  if (id === undefined || input.expires * 1_000 <= now.getTime()) throw linkRefused();
  return deps.database.transaction('operator', async (tx) => {
    const ctx = { tx, actor: systemActor('export-link'), now };
    const [job] = await tx.orm.select().from(tenantExports).where(eq(tenantExports.id, id));
    const stored = job === undefined ? undefined : storedIn(job);
    if (job === undefined || stored === undefined || job.expiresAt === null || job.expiresAt <= now)
      throw linkRefused();
    const key = await deps.store.linkKey(ctx, placeOf(job), stored).catch(() => {
      throw linkRefused();
    });
    if (!isSigned(key, factsOf(job, input.reader, input.expires), input.signature)) throw linkRefused();
    if (!(await deps.sources.mayDownload(tx, job.tenantId, input.reader))) throw linkRefused();
    const read = await deps.store.open(ctx, placeOf(job), stored);
    if (isFirst) await auditExport(ctx, 'tenant.export_downloaded', job, { for: input.reader });
    return { fileName: `export-${job.askedAt.toISOString().slice(0, 10)}.zip`, ...stored, read };
  });
}

const factsOf = ({ id, tenantId, linkRound }: ExportJob, reader: LinkReader, expires: number): LinkFacts => ({
  exportId: id,
  tenantId,
  round: linkRound,
  reader,
  expires,
});

const linkRefused = (): TenantryError =>
  new TenantryError('export.link_refused', 'This link opens no export, or not any more.', {
    next: 'Ask for the export again where the link came from: it answers a new one.',
  });

export const placeOf = ({ tenantId, id: exportId, attempts: attempt }: ExportJob): ExportPlace => ({
  tenantId,
  exportId,
  attempt,
});

function storedIn({ status, file, bytes, sha256, seal }: ExportJob): StoredArchive | undefined {
  if (status !== 'ready') return undefined;
  if (file === null || bytes === null || sha256 === null || seal === null)
    throw bug('An export is ready and not whole.');
  return { file, bytes, sha256, seal };
}
