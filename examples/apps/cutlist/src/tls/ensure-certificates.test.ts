import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureCertificates } from './ensure-certificates.ts';

const NAMES = ['localhost', '127.0.0.1', '::1'];
const START = new Date('2026-11-20T08:00:00Z');
const inDays = (days: number): Date => new Date(START.getTime() + days * 86_400_000);

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cutlist-tls-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const authorityOf = async (caPath: string): Promise<X509Certificate> => new X509Certificate(await readFile(caPath));

describe('ensureCertificates', () => {
  it('VAL-20: makes a leaf for each name, signed by its own authority', async () => {
    const { caPath, leaf } = await ensureCertificates(dataDir, NAMES, START);
    const ca = await authorityOf(caPath);
    const certificate = new X509Certificate(leaf.certificate);
    expect(ca.ca).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkIssued(ca)).toBe(true);
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
  });

  it('keeps every file readable by its owner alone', async () => {
    await ensureCertificates(dataDir, NAMES, START);
    const files = await readdir(join(dataDir, 'tls'));
    expect(files.sort()).toEqual(['ca.key', 'ca.pem', 'leaf.key', 'leaf.pem']);
    for (const file of files) expect((await stat(join(dataDir, 'tls', file))).mode & 0o777).toBe(0o600);
  });

  it('keeps what is good: a second start presents the same certificate', async () => {
    const first = await ensureCertificates(dataDir, NAMES, START);
    const second = await ensureCertificates(dataDir, NAMES, inDays(30));
    expect(second.leaf).toEqual(first.leaf);
  });

  it('renews the leaf under the same authority when it is close to expiry', async () => {
    const first = await ensureCertificates(dataDir, NAMES, START);
    const ca = await readFile(first.caPath, 'utf8');
    const renewed = await ensureCertificates(dataDir, NAMES, inDays(61));
    expect(renewed.leaf.certificate).not.toBe(first.leaf.certificate);
    expect(await readFile(renewed.caPath, 'utf8')).toBe(ca);
    expect(Date.parse(new X509Certificate(renewed.leaf.certificate).validTo)).toBe(inDays(61 + 90).getTime());
  });

  it('renews the leaf with the authority, so that none outlives its issuer', async () => {
    await ensureCertificates(dataDir, NAMES, START);
    const { caPath, leaf } = await ensureCertificates(dataDir, NAMES, inDays(1_800));
    expect(new X509Certificate(leaf.certificate).verify((await authorityOf(caPath)).publicKey)).toBe(true);
    expect(Date.parse((await authorityOf(caPath)).validTo)).toBeGreaterThan(inDays(3_000).getTime());
  });

  it('makes a new leaf when a name was added', async () => {
    await ensureCertificates(dataDir, NAMES, START);
    const { leaf } = await ensureCertificates(dataDir, [...NAMES, 'cutlist.test'], START);
    expect(new X509Certificate(leaf.certificate).checkHost('cutlist.test')).toBe('cutlist.test');
  });

  it('replaces a file that was cut short', async () => {
    const { caPath } = await ensureCertificates(dataDir, NAMES, START);
    await writeFile(caPath, '-----BEGIN CERTIFICATE-----\n');
    const { leaf } = await ensureCertificates(dataDir, NAMES, START);
    expect(new X509Certificate(leaf.certificate).verify((await authorityOf(caPath)).publicKey)).toBe(true);
  });
});
