import { TenantryError } from '@tenantry/contract';
import { type Command, Option } from 'commander';
import { type Client, createClient } from './client.ts';
import { type ConnectionFlags, findConnection } from './connection.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type InputFile, readTextFile } from './input-file.ts';
import type { Io } from './io.ts';

export type Format = 'human' | 'json' | 'jsonl';

/** One run of the program: what its commands share. */
export interface Session {
  readonly io: Io;
  exitCode: ExitCode;
  /** Files read so far, so that a fault can show the line it names. */
  readonly files: InputFile[];
}

/** The command a handler works in: its session, and its common options understood. */
export interface Task {
  readonly io: Io;
  readonly format: Format;
  /** @throws command.unreachable, command.invalid when nothing says where to call or as whom */
  connect(): Client;
  /** Results: the object as JSON, or lines for people. */
  print(value: object, lines: () => Iterable<string>): void;
  /** A remark beside the result: on stderr, and not at all with JSON. */
  remark(text: string): void;
  readText(path: string): Promise<InputFile>;
  end(code: ExitCode): void;
}

const sessions = new WeakMap<Command, Session>();

/** Ties a program to the process it runs in. */
export function openSession(program: Command, io: Io): Session {
  const session: Session = { io, exitCode: EXIT.ok, files: [] };
  sessions.set(program, session);
  return session;
}

function sessionOf(command: Command): Session {
  for (let at: Command | null = command; at !== null; at = at.parent) {
    const session = sessions.get(at);
    if (session !== undefined) return session;
  }
  throw new TenantryError('internal.bug', `The command ${command.name()} runs outside a session.`);
}

/** The process a command runs in, for commands that keep to themselves (`up`, `worker`). */
export const ioOf = (command: Command): Io => sessionOf(command).io;

export function taskOf(command: Command): Task {
  const session = sessionOf(command);
  const { io } = session;
  const options: ConnectionFlags & { readonly format?: Format } = command.opts();
  const format = options.format ?? 'human';
  return {
    io,
    format,
    connect: () => {
      const sources = { flags: options, settings: io.settings, cwd: io.cwd };
      return createClient(findConnection(sources), { newId: io.newId });
    },
    print: (value, lines) => {
      if (format === 'json') io.out.raw(`${JSON.stringify(value, undefined, 2)}\n`);
      else if (format === 'jsonl') io.out.raw(`${JSON.stringify(value)}\n`);
      else for (const line of lines()) io.out.line(line);
    },
    remark: (text) => {
      if (format === 'human') io.err.line(text);
    },
    readText: async (path) => {
      const file = await readTextFile(path, io.cwd);
      session.files.push(file);
      return file;
    },
    end: (code) => {
      session.exitCode = code;
    },
  };
}

const CONNECTION = 'Connection:';

/** `--url`, `--key` and `--as`, for commands that call the control plane. */
export const withConnection = (command: Command): Command =>
  command
    .addOption(new Option('--url <url>', 'address of the control plane (or TENANTRY_URL)').helpGroup(CONNECTION))
    .addOption(new Option('--key <key>', 'key to act with (or TENANTRY_KEY)').helpGroup(CONNECTION))
    .addOption(new Option('--as <who>', 'in development: act as this person, by name or role').helpGroup(CONNECTION));

/** `-o`: people read `human`, programs `json`. */
export const withFormat = (command: Command, formats: readonly Format[] = ['human', 'json']): Command =>
  command.addOption(new Option('-o, --format <format>', 'how to print').choices([...formats]).default('human'));

/** Both: most commands. */
export const withCommon = (command: Command, formats?: readonly Format[]): Command =>
  withConnection(withFormat(command, formats));

/** What the arguments ask for, before anything is parsed: a fault in them is told in the same format. */
export function wantsJson(argv: readonly string[]): boolean {
  return argv.some((argument, index) => {
    const value =
      /^(?:-o=?|--format=)(.+)$/.exec(argument)?.[1] ??
      (argument === '-o' || argument === '--format' ? argv[index + 1] : undefined);
    return value === 'json' || value === 'jsonl';
  });
}

/** For `argParser`: a whole number between two bounds. */
export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new TenantryError('command.invalid', `"${text}" is not a whole number from ${min} to ${max}.`);
  };

/** For options that may be given several times. */
export const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];
