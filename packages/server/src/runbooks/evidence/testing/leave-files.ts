import { createHash, randomUUID } from 'node:crypto';
import type { Tx } from '../../../db/index.ts';
import { HOSTILE, STEALTHY } from './sample-runbook.ts';

export interface LeftFile {
  readonly name: string;
  readonly sha256: string;
  write(tx: Tx, at: Date): Promise<void>;
}

/** Names that a careless archive would put somewhere else, over each other, or nowhere. */
const NAMES = ['../../etc/passwd', 'C:\\autoexec.bat', 'report.pdf', 'Report.pdf', 'con.txt', '', HOSTILE, STEALTHY];

export const leaveFiles = (runId: string): readonly LeftFile[] => [
  ...NAMES.map((name) => fileOf(runId, name, Buffer.from(`content of ${name}`), null)),
  fileOf(runId, 'a link', null, 'javascript:alert(1)'),
  fileOf(runId, 'a good link', null, 'https://example.com/"><script>alert(1)</script>'),
];

function fileOf(runId: string, name: string, bytes: Buffer | null, link: string | null): LeftFile {
  const sha256 = createHash('sha256')
    .update(bytes ?? link ?? '')
    .digest('hex');
  return {
    name,
    sha256,
    write: async (tx, at) => {
      await tx.query(
        `insert into run_artifacts (id, run_id, step_id, round, name, media_type, bytes, link, sha256, created_at)
         values ($1, $2, 'sheet', 1, $3, 'text/plain', $4, $5, $6, $7)`,
        [randomUUID(), runId, name, bytes, link, sha256, at],
      );
    },
  };
}
