/** Where an archive goes: beside its name until it is whole, so that a file of that name is. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { TenantryError } from '@tenantry/contract';
import type { Task } from '../../session.ts';

export interface Target {
  /** How many bytes are there already. */
  readonly size: () => number;
  write(bytes: Uint8Array): Promise<void>;
  /** Everything so far is of another version. */
  restart(): Promise<void>;
  /** Gives the file its name; refuses content of another hash. @throws file.unreadable */
  finish(sha256: string): Promise<void>;
  close(): Promise<void>;
}

interface TargetOptions {
  /** Set: what an earlier download of the same export has left is gone on with. */
  readonly id?: string;
  readonly force?: boolean;
}

/** @throws command.invalid for a file that is there, file.unreadable where nothing can be written */
export async function openTarget(task: Task, file: string, { id, force }: TargetOptions): Promise<Target> {
  if (file === '-') return poured(task);
  const path = resolve(task.io.cwd, file);
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere && force !== true) {
    throw new TenantryError('command.invalid', `${file} is there already.`, {
      next: 'Name another file, or give --force to replace it.',
    });
  }
  return besideFile(path, file, id !== undefined);
}

function poured(task: Task): Target {
  const hash = createHash('sha256');
  let size = 0;
  return {
    size: () => size,
    write: async (bytes) => {
      hash.update(bytes);
      size += bytes.length;
      await task.io.out.pour(bytes);
    },
    restart: async () => {
      if (size > 0) throw otherVersion('standard output');
    },
    finish: async (sha256) => {
      if (hash.digest('hex') !== sha256) throw altered('standard output');
    },
    close: async () => undefined,
  };
}

async function besideFile(path: string, shown: string, goesOn: boolean): Promise<Target> {
  const aside = `${path}.partial`;
  const handle = await open(aside, goesOn ? 'a' : 'w', 0o600).catch((cause: unknown) => {
    throw new TenantryError('file.unreadable', `${shown}.partial cannot be written.`, {
      cause,
      next: 'Check the folder and its permissions.',
    });
  });
  let { hash, size } = await hashOf(aside);
  return {
    size: () => size,
    write: async (bytes) => {
      await handle.writeFile(bytes).catch((cause: unknown) => {
        throw new TenantryError('file.unreadable', `${shown}.partial cannot be written any further.`, {
          cause,
          next: 'Make room, then run the command again with --id: it goes on where this ended.',
        });
      });
      hash.update(bytes);
      size += bytes.length;
    },
    restart: async () => {
      await handle.truncate(0);
      [hash, size] = [createHash('sha256'), 0];
    },
    finish: async (sha256) => {
      if (hash.digest('hex') !== sha256) {
        await rm(aside, { force: true });
        throw altered(shown);
      }
      await handle.sync();
      await rename(aside, path);
    },
    close: () => handle.close(),
  };
}

async function hashOf(path: string): Promise<{ hash: Hash; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(path)) {
    const bytes = chunk as Buffer;
    hash.update(bytes);
    size += bytes.length;
  }
  return { hash, size };
}

const otherVersion = (shown: string): TenantryError =>
  new TenantryError(
    'file.unreadable',
    `The export changed while it went to ${shown}: what came so far is no archive.`,
    {
      next: 'Run the command again.',
    },
  );

const altered = (shown: string): TenantryError =>
  new TenantryError(
    'file.unreadable',
    `What came for ${shown} does not have the SHA-256 of the export; nothing was kept.`,
    {
      next: 'Run the command again. If it happens twice, look for what alters bytes on the way.',
    },
  );
