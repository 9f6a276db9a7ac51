import { describe, expect, it } from 'vitest';
import { forbiddenReason, guardedLookup, refuseForbiddenHost } from './addresses.ts';

const everything = { allowPrivate: true };
const publicOnly = { allowPrivate: false };

describe('addresses that may be called', () => {
  it.each([
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    'fe80::1',
    'fd00:ec2::254',
    '100.100.100.200',
    '0.0.0.0',
    '::',
    '224.0.0.1',
    'ff02::1',
    '255.255.255.255',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
  ])('%s never', (address) => {
    expect(forbiddenReason(address, everything)).toBeDefined();
  });

  it.each([
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '::ffff:127.0.0.1',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '100.64.0.1',
    'fd12::1',
    '::ffff:10.0.0.1',
  ])('%s only where private addresses are allowed', (address) => {
    expect(forbiddenReason(address, publicOnly)).toBeDefined();
    expect(forbiddenReason(address, everything)).toBeUndefined();
  });

  it.each(['93.184.216.34', '172.32.0.1', '2606:2800:220:1::1', '::ffff:93.184.216.34'])('%s always', (address) => {
    expect(forbiddenReason(address, publicOnly)).toBeUndefined();
  });

  it('a literal address in brackets is one too', () => {
    expect(() => refuseForbiddenHost('[::1]', publicOnly)).toThrow('we may not call it');
    expect(() => refuseForbiddenHost('example.com', publicOnly)).not.toThrow();
  });

  it('a name is judged by the address it resolves to, as the socket connects', async () => {
    const lookUp = (rules: typeof everything, all: boolean) =>
      new Promise((resolve) => {
        guardedLookup(rules)('localhost', { all, family: 4 }, (error, address) => resolve(error?.message ?? address));
      });
    expect(await lookUp(publicOnly, true)).toContain('loopback or private');
    expect(await lookUp(everything, true)).toEqual([{ address: '127.0.0.1', family: 4 }]);
    expect(await lookUp(everything, false)).toBe('127.0.0.1');
  });
});
