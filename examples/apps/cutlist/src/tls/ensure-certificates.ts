import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { issueAuthority, issueLeaf, type KeyedCertificate } from './issue-certificates.ts';

const DAY_MS = 86_400_000;
const RENEW_LEAF_DAYS = 30;
/** More than a leaf lives, so that no leaf outlives its authority. */
const RENEW_CA_DAYS = 120;

export interface Certificates {
  /** The authority a probe trusts, and nothing else. */
  readonly caPath: string;
  readonly leaf: KeyedCertificate;
}

/**
 * The certificates of this data directory, made when absent, close to expiry, unreadable or for other names.
 * Every file is 0600 in a directory of 0700.
 */
export async function ensureCertificates(dataDir: string, names: readonly string[], now: Date): Promise<Certificates> {
  const folder = join(dataDir, 'tls');
  await mkdir(folder, { recursive: true, mode: 0o700 });

  let authority = await readPair(folder, 'ca');
  if (authority === undefined || !isFresh(authority, now, RENEW_CA_DAYS)) {
    authority = await issueAuthority(now);
    await writePair(folder, 'ca', authority);
  }
  let leaf = await readPair(folder, 'leaf');
  if (leaf === undefined || !isFresh(leaf, now, RENEW_LEAF_DAYS) || !isLeafOf(leaf, authority, names)) {
    leaf = await issueLeaf(authority, names, now);
    await writePair(folder, 'leaf', leaf);
  }
  return { caPath: join(folder, 'ca.pem'), leaf };
}

function isFresh(pair: KeyedCertificate, now: Date, daysLeft: number): boolean {
  return Date.parse(new X509Certificate(pair.certificate).validTo) - now.getTime() > daysLeft * DAY_MS;
}

function isLeafOf(leaf: KeyedCertificate, authority: KeyedCertificate, names: readonly string[]): boolean {
  const certificate = new X509Certificate(leaf.certificate);
  return (
    certificate.verify(new X509Certificate(authority.certificate).publicKey) &&
    names.every((name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined)
  );
}

async function readPair(folder: string, name: string): Promise<KeyedCertificate | undefined> {
  try {
    const certificate = await readFile(join(folder, `${name}.pem`), 'utf8');
    const key = await readFile(join(folder, `${name}.key`), 'utf8');
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)) ? { certificate, key } : undefined;
  } catch {
    // Absent, cut short or not ours: a new pair replaces it.
    return undefined;
  }
}

async function writePair(folder: string, name: string, pair: KeyedCertificate): Promise<void> {
  await writeWhole(join(folder, `${name}.key`), pair.key);
  await writeWhole(join(folder, `${name}.pem`), pair.certificate);
}

/** Beside and then over: a reader never sees half a file, and the mode holds from the first byte. */
async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
  await rename(draft, path);
}
