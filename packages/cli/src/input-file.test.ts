import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, scratchFolder } from './testing/cli.ts';

/** Files are read before anything is looked up, so no control plane is needed. */
async function onboard(name: string, content?: Uint8Array | string): Promise<Awaited<ReturnType<typeof cli>>> {
  const cwd = await scratchFolder();
  if (content !== undefined) await writeFile(join(cwd, name), content);
  return cli(['onboard', name, '--plan'], { cwd });
}

describe('a file that is handed in', () => {
  it('that is not there is named in one sentence, with 64', async () => {
    const { code, stderr, stdout } = await onboard('acme.yaml');
    expect(code).toBe(64);
    expect(stderr).toContain('✗ acme.yaml is not there.');
    expect(stdout).toBe('');
  });

  it('that is a folder is refused', async () => {
    const cwd = await scratchFolder();
    await mkdir(join(cwd, 'clients'));
    const { code, stderr } = await cli(['onboard', 'clients'], { cwd });
    expect([code, stderr.split('\n')[0]]).toEqual([64, '✗ clients is a folder.']);
  });

  it('that is not UTF-8 is refused', async () => {
    const { code, stderr } = await onboard('acme.yaml', Uint8Array.of(0x61, 0xff, 0xfe, 0x62));
    expect([code, stderr.split('\n')[0]]).toEqual([64, '✗ acme.yaml is not UTF-8 text.']);
  });

  it('of 50 MB is refused without being read', async () => {
    const cwd = await scratchFolder();
    await writeFile(join(cwd, 'big.yaml'), '');
    await truncate(join(cwd, 'big.yaml'), 50_000_000);
    const before = process.memoryUsage().arrayBuffers;
    const { code, stderr } = await cli(['onboard', 'big.yaml'], { cwd });
    expect([code, stderr.split('\n')[0]]).toEqual([64, '✗ big.yaml has 50,000 kB; at most 1,000 kB are read.']);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  it('without an end, such as a device, is refused at the limit', async () => {
    const { code, stderr } = await cli(['onboard', '/dev/zero']);
    expect(code).toBe(64);
    expect(stderr).toContain('/dev/zero has 1,001 kB');
  });

  it('is told as a problem document with -o json', async () => {
    const result = await cli(['onboard', 'nothing.yaml', '-o', 'json']);
    expect(result.problem()).toMatchObject({
      schema: 'tenantry.problem/1',
      code: 'file.unreadable',
      exit_code: 64,
      status: 400,
    });
  });
});
