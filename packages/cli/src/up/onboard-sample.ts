/**
 * Onboards the sample client of a development installation, or takes up where an earlier start left it, and says
 * what to look at and what to type next.
 */
import { createHash } from 'node:crypto';
import type { ControlPlane, DevelopmentIdentityKey } from '@tenantry/server';
import { type Client, createClient } from '../client.ts';
import { followRun } from '../progress.ts';
import { listRuns, startRun } from '../runs-api.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface SampleOptions {
  readonly plane: ControlPlane;
  readonly identities: readonly DevelopmentIdentityKey[];
  readonly sample: { readonly file: string; readonly source: string };
  readonly out: Terminal;
  readonly newId: () => string;
  readonly signal: AbortSignal;
  links(runId: string): Promise<readonly { readonly forWhom: string; readonly url: string }[]>;
}

export async function onboardSample({
  plane,
  identities,
  sample,
  out,
  newId,
  signal,
  links,
}: SampleOptions): Promise<void> {
  const client = clientOf(plane, identities, newId);
  if (client === undefined) return;
  const runId = await findOrStart(client, sample, out);
  const run = await followRun(client, runId, out, { until: 'people', signal });
  if (signal.aborted) return;
  const open = await links(run.id.replace(/^run_/, ''));
  if (open.length > 0) {
    out.line('');
    out.line('One-time log-ins (each opens once):');
    for (const link of open) out.line(`  ${link.forWhom}  ${link.url}`);
  }
  out.line('');
}

function clientOf(
  plane: ControlPlane,
  identities: readonly DevelopmentIdentityKey[],
  newId: () => string,
): Client | undefined {
  const [first] = identities;
  if (first === undefined) return undefined;
  const known = identities.map(({ name, roles, party, key }) => ({ name, roles: [...roles], party, key }));
  return createClient(
    { url: plane.url ?? plane.config.publicUrl, key: first.key, identity: known[0], identities: known },
    { newId },
  );
}

/** The same file is onboarded once: a second start finds the run of the first. */
async function findOrStart(client: Client, sample: SampleOptions['sample'], out: Terminal): Promise<string> {
  const slug = /^\s+slug:\s*["']?([a-z0-9-]+)/m.exec(sample.source)?.[1];
  const { items } = await listRuns(client, { limit: 200 });
  const earlier = items.find(
    (run) => run.tenant_slug === slug && run.status !== 'cancelled' && run.status !== 'rolled_back',
  );
  if (earlier !== undefined) {
    out.line(`${sample.file} was onboarded before; going on with that run.`);
    return earlier.id;
  }
  out.line(`Onboarding ${sample.file} (${createHash('sha256').update(sample.source).digest('hex').slice(0, 12)}) …`);
  return (await startRun(client, { source: sample.source, file: sample.file })).id;
}
