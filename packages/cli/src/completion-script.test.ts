import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { completionScript } from './completion-script.ts';
import { buildProgram } from './program.ts';
import { cli, scratchFolder } from './testing/cli.ts';

const run = promisify(execFile);
const program = buildProgram('1.0.0');

/** What bash offers after these words; the last may be empty. */
async function bashOffers(...words: readonly string[]): Promise<readonly string[]> {
  const folder = await scratchFolder();
  const script = join(folder, 'completion.bash');
  const line = ['tenantry', ...words].map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _tenantry; printf '%s\\n' "\${COMPREPLY[@]}"`;
  await writeFile(script, `${completionScript(program, 'bash')}\n${ask}\n`);
  const { stdout } = await run('bash', ['--norc', script]);
  return stdout.split('\n').filter((word) => word !== '');
}

describe('completion in bash', () => {
  it('offers nouns, then verbs, then options', async () => {
    expect(await bashOffers('')).toEqual(program.commands.map((command) => command.name()));
    expect(await bashOffers('run', 'c')).toEqual(['comment', 'complete', 'choose', 'confirm', 'cancel']);
    expect(await bashOffers('run', 'complete', 'acme', 'uat', '--t')).toEqual(['--tick', '--tick-all']);
  });

  it('takes no argument or value of an option for a command', async () => {
    expect(await bashOffers('run', 'show', 'list', '--f')).toEqual(['--format']);
  });
});

describe('completion in other shells', () => {
  it('knows every command and option, with its description in fish', () => {
    const fish = completionScript(program, 'fish');
    expect(fish).toContain(
      `-n 'not __fish_seen_subcommand_from ${program.commands.map((command) => command.name()).join(' ')}' -a run -d `,
    );
    expect(fish).toContain("-n '__fish_seen_subcommand_from run; and __fish_seen_subcommand_from cancel' -l undo");
    expect(completionScript(program, 'zsh')).toMatch(/^#compdef tenantry\n/);
  });

  it('refuses a shell it does not know', async () => {
    const { code, stderr } = await cli(['completion', 'tcsh']);
    expect(code).toBe(2);
    expect(stderr).toContain('bash, zsh, fish');
  });
});
