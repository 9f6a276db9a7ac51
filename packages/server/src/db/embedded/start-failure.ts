import { TenantryError } from '@tenantry/contract';

interface Known {
  readonly pattern: RegExp;
  readonly says: (match: RegExpExecArray) => string;
  readonly next: string;
}

/** What PostgreSQL writes when it cannot start, in our words. The first that fits is told. */
const KNOWN: readonly Known[] = [
  {
    pattern: /No space left on device/,
    says: () => 'PostgreSQL could not start because the disk that holds its data is full.',
    next: 'Free space there and start again.',
  },
  {
    pattern: /could not look up effective user ID (\d+)/,
    says: (match) =>
      `This process runs as user id ${match[1]}, which has no entry in /etc/passwd, and PostgreSQL cannot create its data directory without one.`,
    next: 'Run as a user with an entry, add one for this id, or give --database-url.',
  },
  {
    pattern: /data directory "(.+)" has wrong ownership/,
    says: (match) => `The data directory ${match[1]} belongs to another user.`,
    next: 'Start as the user who owns it, or choose another --data-dir.',
  },
  {
    pattern: /data directory "(.+)" has invalid permissions/,
    says: (match) => `Others may read the data directory ${match[1]}, and PostgreSQL refuses to start on such a one.`,
    next: 'Run `chmod 700` on that directory and start again.',
  },
  {
    pattern: /Cannot allocate memory|could not map anonymous shared memory|could not create shared memory/,
    says: () => 'PostgreSQL could not start because there is not enough memory.',
    next: 'Give the machine or container at least 512 MB and start again.',
  },
  {
    pattern: /could not (?:bind|create any)[^\n]*/,
    says: (match) => `PostgreSQL cannot listen on its Unix socket: ${match[0]}.`,
    next: 'Make the temporary directory writable, or set TMPDIR to one that is.',
  },
  {
    pattern: /Read-only file system|Permission denied/,
    says: () => 'PostgreSQL may not write to its data directory.',
    next: 'Choose a writable --data-dir.',
  },
];

/** The line that says why: the last FATAL, PANIC or error without its timestamp, else the last line. */
export const lineThatMatters = (log: string): string => {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.findLast((line) => /\b(FATAL|PANIC|error)\b/.test(line));
  return (telling ?? lines.at(-1) ?? 'it wrote nothing').replace(/^.*?\b(?:FATAL|PANIC|error): +/, '').trim();
};

/** Turns what `initdb` or the server wrote into one sentence with the way out. */
export const startFailure = (log: string, logFile?: string): TenantryError => {
  const detail = log.slice(-4_000);
  for (const { pattern, says, next } of KNOWN) {
    const match = pattern.exec(log);
    if (match !== null) return new TenantryError('database.start_failed', says(match), { detail, next });
  }
  return new TenantryError('database.start_failed', `PostgreSQL could not start: ${lineThatMatters(log)}.`, {
    detail,
    next: logFile === undefined ? 'Correct the cause and start again.' : `Its log is ${logFile}.`,
  });
};
