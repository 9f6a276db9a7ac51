import { describe, expect, it } from 'vitest';
import { lineThatMatters, startFailure } from './start-failure.ts';

const STAMP = '2026-11-20 07:56:33.401 UTC [11265] ';

describe('startFailure', () => {
  it.each([
    ['a full disk', 'FATAL:  could not write lock file "postmaster.pid": No space left on device', /disk .* is full/],
    [
      'a user id without a name',
      'initdb: error: could not look up effective user ID 54321: user does not exist',
      /54321/,
    ],
    [
      'an owner who is somebody else',
      'FATAL:  data directory "/srv/pg" has wrong ownership',
      /\/srv\/pg belongs to another/,
    ],
    [
      'an open data directory',
      'FATAL:  data directory "/srv/pg" has invalid permissions',
      /Others may read .*\/srv\/pg/,
    ],
    ['too little memory', 'FATAL:  could not map anonymous shared memory: Cannot allocate memory', /not enough memory/],
    ['a read-only disk', 'FATAL:  could not open file "x": Read-only file system', /may not write/],
  ])('says what is wrong and what to do about %s', (_what, line, sentence) => {
    const error = startFailure(`${STAMP}LOG:  starting PostgreSQL\n${STAMP}${line}\n`);
    expect(error).toMatchObject({ code: 'database.start_failed', message: expect.stringMatching(sentence) });
    expect(error.next).toMatch(/\w/);
  });

  it('quotes the line that matters of anything else, and names the log', () => {
    const error = startFailure(
      `${STAMP}LOG:  starting\n${STAMP}FATAL:  the moon is full\n${STAMP}LOG:  shut down\n`,
      '/data/server.log',
    );
    expect(error.message).toBe('PostgreSQL could not start: the moon is full.');
    expect(error.next).toContain('/data/server.log');
  });

  it('has something to say about a server that wrote nothing', () => {
    expect(lineThatMatters('\n')).toBe('it wrote nothing');
  });
});
