import { execFile } from 'node:child_process';
import { readFile, readlink, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Fields of /proc/PID/stat after the command, which may itself hold spaces and brackets. */
const procFields = async (pid: number): Promise<readonly string[] | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
};

/** Whether a process runs. One that has ended but was never waited for counts as gone. */
export const isAlive = async (pid: number): Promise<boolean> => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return (await procFields(pid))?.[0] !== 'Z';
};

/** What tells a process from a later one with the same id, or undefined when it is gone. */
export const identityOf = async (pid: number): Promise<string | undefined> => {
  const fields = await procFields(pid);
  if (fields !== undefined) return fields[0] === 'Z' ? undefined : fields[19];
  return (await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => undefined))?.stdout.trim() || undefined;
};

/**
 * Whether the process with that id is the server of a data directory; ids are used again after a crash or a reboot.
 * A server works in its data directory, which Linux shows; elsewhere the name of the program has to do.
 */
export const isServerOf = async (pid: number, dataDir: string): Promise<boolean> => {
  const name =
    (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => undefined)) ??
    (await run('ps', ['-o', 'comm=', '-p', String(pid)]).catch(() => undefined))?.stdout;
  if (name === undefined || !basename(name.trim()).startsWith('postgres') || !(await isAlive(pid))) return false;
  const worksIn = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return worksIn === undefined || worksIn === (await realpath(dataDir).catch(() => dataDir));
};

export const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Polls until the condition holds; false when it never did. */
export const until = async (condition: () => Promise<boolean>, timeoutMs: number, everyMs = 20): Promise<boolean> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() > deadline) return false;
    await delay(everyMs);
  }
};
