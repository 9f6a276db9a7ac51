import { describe, expect, it } from 'vitest';
import { Secret } from '../connectors/kit/index.ts';
import { isForwarded, mayScrape } from './may-scrape.ts';

const local = { authorization: undefined, peer: '127.0.0.1', forwarded: false };
const token = new Secret('a token of some length');
const production = { token: undefined, development: false };
const development = { token: undefined, development: true };

describe('who may read the metrics', () => {
  it.each([
    ['the token', { token, development: false }, { ...local, authorization: 'Bearer a token' }, false],
    [
      'its whole text',
      { token: new Secret('long-enough-token'), development: false },
      { ...local, authorization: 'bearer long-enough-token' },
      true,
    ],
    [
      'a longer text',
      { token: new Secret('long-enough-token'), development: false },
      { ...local, authorization: 'Bearer long-enough-token1' },
      false,
    ],
    ['nothing, where a token is set', { token, development: true }, local, false],
    ['nothing, in production', production, local, false],
    ['this machine, in development', development, local, true],
    ['this machine by IPv6', development, { ...local, peer: '::1' }, true],
    ['this machine by a mapped address', development, { ...local, peer: '::ffff:127.0.0.1' }, true],
    ['another machine', development, { ...local, peer: '10.0.0.7' }, false],
    ['a proxy on this machine', development, { ...local, forwarded: true }, false],
    ['nobody knows whom', development, { ...local, peer: undefined }, false],
  ])('%s', (_what, rules, request, allowed) => {
    expect(mayScrape(rules, request)).toBe(allowed);
  });

  it.each(['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'])('%s tells of a proxy', (name) => {
    expect(isForwarded({ [name]: 'x' })).toBe(true);
    expect(isForwarded({ host: 'x' })).toBe(false);
  });
});
