/**
 * Which network addresses a call on a client's behalf may reach. Checked on the resolved address, as the
 * socket connects, so that a name cannot answer one thing to the check and another to the call.
 */
import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { connectorFault } from './faults.ts';

type Range = readonly [address: string, prefix: number];

/** Never reached: link-local (cloud metadata lives there), multicast, reserved, and wrappings of IPv4 in IPv6. */
const FORBIDDEN: readonly Range[] = [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['192.0.0.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
  ['fd00:ec2::254', 128],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

/** Reached only where the connection says `allow_private: true`. */
const PRIVATE: readonly Range[] = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['::1', 128],
  ['fc00::', 7],
];

function listOf(ranges: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of ranges) list.addSubnet(address, prefix, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return list;
}

const forbidden = listOf(FORBIDDEN);
const privates = listOf(PRIVATE);

export interface AddressRules {
  readonly allowPrivate: boolean;
}

/** Why this IP address may not be reached; undefined when it may. IPv4 inside IPv6 counts as IPv4. */
export function forbiddenReason(address: string, rules: AddressRules): string | undefined {
  const family = isIP(address);
  if (family === 0) return 'is no IP address';
  const kind = family === 6 ? 'ipv6' : 'ipv4';
  if (forbidden.check(address, kind)) return 'is a link-local, metadata or reserved address';
  if (!rules.allowPrivate && privates.check(address, kind)) return 'is a loopback or private address';
  return undefined;
}

const refused = (host: string, why: string): Error =>
  connectorFault('connector.refused', `we may not call it: its address ${why}`, {
    system: host,
    retry: 'never',
    effect: 'none',
    next: 'Name a connection with allow_private: true if this is your own system; link-local addresses are never called.',
  });

/** @throws TenantryError `connector.refused` when the host is a literal address that may not be reached. */
export function refuseForbiddenHost(host: string, rules: AddressRules): void {
  const bare = host.replace(/^\[|\]$/g, '');
  if (isIP(bare) === 0) return;
  const why = forbiddenReason(bare, rules);
  if (why !== undefined) throw refused(host, why);
}

/** A resolver for sockets that hands on nothing but addresses that may be reached. */
export const guardedLookup =
  (rules: AddressRules): LookupFunction =>
  (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, '');
      for (const { address } of addresses) {
        const why = forbiddenReason(address, rules);
        if (why !== undefined) return done(refused(host, why), '');
      }
      const first = addresses[0];
      if (options.all === true || first === undefined) return done(null, addresses);
      return done(null, first.address, first.family);
    });
  };
