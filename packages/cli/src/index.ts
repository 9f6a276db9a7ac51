export { cliReference } from './cli-reference.ts';
export { type Client, type ClientOptions, createClient } from './client.ts';
export { CLI_FILE, type CliFile, type Connection, cliFileSchema, type Identity } from './connection.ts';
export { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
export { type Io, processIo } from './io.ts';
export { buildProgram } from './program.ts';
export { type FollowOptions, followRun, type Progress } from './progress.ts';
export { ownVersion, runCli } from './run-cli.ts';
export { openTerminal, type Terminal, type TerminalOptions, type TerminalStream } from './terminal/terminal.ts';
