/** A run that a hostile client took part in, carried from its start to its end in a real database. */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import {
  decisionHash,
  type JsonObject,
  plannedState,
  type Runbook,
  type RunEvent,
  type RunFacts,
  type RunState,
  stepsOf,
} from '@tenantry/runbook';
import type { Actor, PersonActor } from '../../../access/index.ts';
import { type CheckpointSigner, checkpointKeyId, recordAudit } from '../../../audit/index.ts';
import type { Database } from '../../../db/index.ts';
import type { TestDatabase } from '../../../db/testing/index.ts';
import { migrateQueue } from '../../../engine/index.ts';
import { runbookHash } from '../../library/index.ts';
import { type AttemptResult, moveRun } from '../../runs/index.ts';
import { type LeftFile, leaveFiles } from './leave-files.ts';
import { HOSTILE, sampleRunbook } from './sample-runbook.ts';

export const STARTED = new Date('2026-11-20T09:00:00.000Z');
/** What the vault holds under the reference in the intake; it must not be found in any pack. */
export const CANARY = 'canary-7d1f-never-in-a-pack';

export interface SampleRun {
  readonly id: string;
  readonly clientId: string;
  readonly files: readonly LeftFile[];
}

export function makeSigner(): CheckpointSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const text = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  return { keyId: checkpointKeyId(text), publicKey: text, sign: (bytes) => sign(null, bytes, privateKey) };
}

export const operator: PersonActor = {
  kind: 'person',
  id: '11111111-1111-4111-8111-111111111111',
  name: `Erin ${HOSTILE}`,
  email: 'erin@example.com',
  party: 'vendor',
  roles: ['engineer'],
  scopes: ['runs:read', 'runs:write'],
  development: true,
};

export const clientPerson = (clientId: string): PersonActor => ({
  ...operator,
  id: '22222222-2222-4222-8222-222222222222',
  name: 'Noor',
  email: 'noor@client.example',
  party: 'client',
  roles: ['client_admin'],
  clientId,
  development: false,
});

/** The queue takes the jobs of the runs; nobody works them off, the tests bring the results themselves. */
export async function installQueue({ asSuperuser, connection, name }: TestDatabase): Promise<void> {
  await asSuperuser(`grant create on database ${name} to tenantry_owner`);
  await migrateQueue(connection);
}

export async function carrySampleRun(database: Database): Promise<SampleRun> {
  const id = randomUUID();
  const clientId = randomUUID();
  const runbook = sampleRunbook(`1.${id}`);
  await insertRun(database, runbook, id, clientId);
  const { move, attempt } = mover(database, id);
  const client = { id: clientPerson(clientId).id, name: 'Noor', role: 'client_admin' };
  const files = leaveFiles(id);

  await move(operator, (at) => ({ type: 'started', at }));
  await attempt('make', { name: HOSTILE, password: { $secret: 'vault:made' } });
  await attempt('look', { ok: true });
  await attempt('sheet', { sha256: files[0]?.sha256 ?? '' }, files);
  await move(clientPerson(clientId), (at) => ({
    type: 'task_done',
    at,
    step: 'walk',
    by: client,
    output: { seen: HOSTILE },
    ticks: [],
    note: HOSTILE,
  }));
  await move(clientPerson(clientId), (at, state) => ({
    type: 'decided',
    at,
    step: 'accept',
    by: client,
    decision: 'yes',
    hash: shownHash(runbook, state),
  }));
  return { id, clientId, files };
}

function shownHash(runbook: Runbook, state: RunState): string {
  const body = stepsOf(runbook).find(({ id }) => id === 'accept')?.body;
  if (body?.kind !== 'sign_off' && body?.kind !== 'approve') throw new Error('the sample asks for no decision');
  return decisionHash(runbook, state, body);
}

function mover(database: Database, id: string) {
  let minutes = 0;
  const now = () => new Date(STARTED.getTime() + minutes * 60_000);
  const move = async (
    actor: Actor,
    event: (at: string, state: RunState) => RunEvent,
    result?: AttemptResult,
    files?: readonly LeftFile[],
  ) => {
    minutes += 1;
    const moved = await moveRun({ database, actor, now }, id, {
      event: (record, _tx, at) => event(at.toISOString(), record.state),
      ...(result === undefined ? {} : { result }),
      also: async (tx) => {
        for (const file of files ?? []) await file.write(tx, now());
      },
    });
    if (moved === undefined) throw new Error('the sample run did not move');
    return moved;
  };
  const attempt = (step: string, output: JsonObject, files: readonly LeftFile[] = []) => {
    const name = { step, round: 1, try: 1 };
    const resources = step === 'make' ? [madeResource()] : [];
    const proof = { expected: { name: HOSTILE }, actual: { name: HOSTILE, password: { $secret: 'vault:made' } } };
    const result = { ...name, epoch: 0, status: 'passed', resources, undone: [], proof } as const;
    const artifact = files[0] === undefined ? {} : { artifact: { hash: files[0].sha256, url: `/artifacts/${step}` } };
    return move(
      { kind: 'run', runId: id, stepId: step },
      (at) => ({ type: 'attempt_passed', at, ...name, output, made: resources.length, ...artifact }),
      result,
      files,
    );
  };
  return { move, attempt };
}

const madeResource = () =>
  ({
    action: 'test.make',
    action_version: 1,
    environment: 'production',
    kind: 'thing',
    external_id: HOSTILE,
    name: HOSTILE,
    claim: 'created',
    undo: {},
  }) as const;

function insertRun(database: Database, runbook: Runbook, id: string, clientId: string): Promise<void> {
  const tenantId = randomUUID();
  const facts: RunFacts = {
    run: { id, started_at: STARTED.toISOString() },
    tenant: { id: tenantId, slug: 'acme', name: HOSTILE },
    product: {},
    intake: {
      company: HOSTILE,
      key: { $secret: 'vault:intake' },
      header: { $secretTemplate: ['Bearer ', { $secret: 'vault:x' }] },
    },
    vars: {},
    env: {},
    go_live: null,
  };
  const state = plannedState(
    facts,
    runbook.phases.map((phase) => phase.id),
    stepsOf(runbook).map((step) => step.id),
  );
  return database.transaction('operator', async (tx) => {
    const hash = runbookHash(runbook, {});
    await tx.query(
      `insert into runbook_versions (runbook_id, version, hash, source, definition, files, published_by, published_at)
       values ($1, $2, $3, '', $4, '{}', '{}', $5)`,
      [runbook.id, runbook.version, hash, JSON.stringify(runbook), STARTED],
    );
    await tx.query(
      `insert into runbook_approvals (runbook_id, version, hash, role, person_id, person_name, development, approved_at)
       values ($1, $2, $3, 'engineer', $4, $5, true, $6)`,
      [runbook.id, runbook.version, hash, operator.id, operator.name, STARTED],
    );
    await tx.query(
      `insert into runs (id, runbook_id, runbook_version, title, client_id, tenant_id, tenant_slug, status, facts, facts_at_start, phases,
                         started_by, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, 'acme', 'planned', $7, $7, $8, $9, $10, $10)`,
      [
        id,
        runbook.id,
        runbook.version,
        HOSTILE,
        clientId,
        tenantId,
        JSON.stringify(facts),
        JSON.stringify(state.phases),
        JSON.stringify({ id: operator.id, name: operator.name }),
        STARTED,
      ],
    );
    for (const [position, step] of stepsOf(runbook).entries()) {
      await tx.query(
        `insert into run_steps (run_id, step_id, position, status, state, updated_at) values ($1, $2, $3, 'pending', $4, $5)`,
        [id, step.id, position, JSON.stringify(state.steps[step.id]), STARTED],
      );
    }
    await recordAudit(
      { tx, actor: operator, now: STARTED },
      { action: 'run.created', runId: id, tenantId, subject: { kind: 'run', id, name: HOSTILE }, detail: { hash } },
    );
  });
}
