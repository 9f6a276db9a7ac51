import { type Fault, TenantryError } from '@tenantry/contract';
import { type JsonObject, type Positions, parseIntakeFile } from '@tenantry/runbook';
import { Command } from 'commander';
import { findRun } from '../../find-run.ts';
import type { InputFile } from '../../input-file.ts';
import { actOnRun } from '../../runs-api.ts';
import { taskOf, withCommon } from '../../session.ts';
import { finishMove, type MoveOptions } from './finish-move.ts';

export const runMendIntakeCommand = (): Command =>
  withCommon(new Command('mend-intake').description('Correct the intake of a halted run from a file, and go on'))
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .argument('<file>', 'client file or bare intake, whole, YAML or JSON')
    .option('--wait', 'then follow the run until people are asked, it halts or it ends')
    .action(async (reference: string, path: string, options: MoveOptions, command: Command) => {
      const task = taskOf(command);
      const mended = readIntake(await task.readText(path));
      const client = task.connect();
      const id = await findRun(client, reference);
      const after = await actOnRun(client, id, 'mend-intake', { intake: mended.intake }).catch((error: unknown) => {
        throw withLines(error, mended);
      });
      await finishMove(task, client, after, 'Mended the intake', options);
    });

interface Mended {
  readonly intake: JsonObject;
  readonly positions: Positions;
  /** Where the intake stands in the file. */
  readonly base: string;
}

/** @throws file.unreadable with each fault and its line */
function readIntake(file: InputFile): Mended {
  const { data, faults, positions } = parseIntakeFile(file.source, file.name);
  if (faults.length > 0 || !isObject(data)) {
    throw new TenantryError('file.unreadable', `${file.path} cannot be read.`, {
      faults,
      next: 'Correct it; nothing was sent.',
    });
  }
  const inside = data.intake;
  return isObject(inside) ? { intake: inside, positions, base: 'intake' } : { intake: data, positions, base: '' };
}

/** The control plane is sent values only; the lines of its faults are found here. */
function withLines(error: unknown, { positions, base }: Mended): unknown {
  if (!(error instanceof TenantryError) || error.faults.length === 0) return error;
  const placed = (fault: Fault): Fault => {
    const path = base === '' ? fault.path : fault.path === '' ? base : `${base}.${fault.path}`;
    return { ...fault, path, ...positions.of(path) };
  };
  return new TenantryError(error.code, error.message, {
    faults: error.faults.map(placed),
    facts: error.facts,
    retry: error.retry,
    cause: error,
    ...(error.next === undefined ? {} : { next: error.next }),
  });
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
