import { describe, expect, it } from 'vitest';
import { missingEntries } from './generate-lock.mjs';

describe('a lock file written where the registry does not serve every platform', () => {
  it('is given the optional packages that npm left out, each held to its platform', () => {
    const packages = {
      '': {},
      'node_modules/tool': {
        version: '2.0.0',
        dev: true,
        optionalDependencies: {
          'tool-linux-x64': '2.0.0',
          'tool-linux-arm64-musl': '2.0.0',
          'tool-win32-x64': '2.0.0',
        },
      },
      'node_modules/tool-linux-x64': { version: '2.0.0' },
    };
    expect(missingEntries(packages)).toEqual({
      'node_modules/tool-linux-arm64-musl': {
        version: '2.0.0',
        cpu: ['arm64'],
        dev: true,
        libc: ['musl'],
        optional: true,
        os: ['linux'],
      },
      'node_modules/tool-win32-x64': { version: '2.0.0', cpu: ['x64'], dev: true, optional: true, os: ['win32'] },
    });
  });

  it('stays as it is when nothing is missing, nested copies included', () => {
    const packages = {
      'node_modules/a': { optionalDependencies: { 'x-darwin-x64': '1.0.0' } },
      'node_modules/a/node_modules/x-darwin-x64': { version: '1.0.0' },
    };
    expect(missingEntries(packages)).toEqual({});
  });
});
