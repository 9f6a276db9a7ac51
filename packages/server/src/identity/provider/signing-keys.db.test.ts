import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import type { AccessClaims } from '../authentication.ts';
import { DAY, identityWorld } from '../testing/world.ts';
import { openIdentityProvider, openUserDoor } from './index.ts';
import { loadSigningKeys, rotateSigningKeys, toJwk } from './signing-keys.ts';

const test = await cloneDatabase();
const { deps } = identityWorld(test);
const START = new Date('2026-11-20T09:00:00Z');
const clock = { now: START };
const open = () =>
  openIdentityProvider({
    database: test.database,
    keyring: deps.keyring,
    publicUrl: 'https://id.example',
    now: () => clock.now,
    log: () => undefined,
  });
const idp = await open();

const claimsAt = (now: Date): AccessClaims => ({
  sub: '0b6e6a8e-3b7b-4d6a-9c43-0f2f6c6f0a01',
  tenant_id: '0b6e6a8e-3b7b-4d6a-9c43-0f2f6c6f0a02',
  email: 'ann@acme.example',
  email_verified: true,
  role: 'admin',
  sid: '0b6e6a8e-3b7b-4d6a-9c43-0f2f6c6f0a03',
  amr: ['pwd'],
  iat: Math.floor(now.getTime() / 1_000),
  exp: Math.floor(now.getTime() / 1_000) + 900,
});

describe('signing keys', () => {
  it('are made once, however many processes start', async () => {
    await Promise.all(Array.from({ length: 4 }, () => rotateSigningKeys(deps, START)));
    const rows = await test.asSuperuser<{ alg: string }>('select alg from tenantry.oidc_signing_keys order by alg');
    expect(rows.map(({ alg }) => alg)).toEqual(['ES256', 'EdDSA', 'RS256']);
  });

  it('lie in the vault: the database alone cannot sign', async () => {
    const keys = await loadSigningKeys(deps, START);
    const rows = await test.asSuperuser<{ row: string }>(
      'select row_to_json(k)::text as row from tenantry.oidc_signing_keys k union all select row_to_json(e)::text from tenantry.vault_entries e',
    );
    const kept = rows.map(({ row }) => row).join();
    for (const { privateJwk } of keys) expect(kept).not.toContain(privateJwk.d);
  });

  it('change with overlap: the next is known before it signs, and what the old one signed is still believed', async () => {
    const users = openUserDoor(deps);
    idp.serve(users);
    const signer = async (now: Date): Promise<string> =>
      String(decodeProtectedHeader(await idp.tokens.issue(claimsAt(now))).kid);
    const before = await idp.tokens.issue(claimsAt(clock.now));
    const first = await signer(clock.now);
    clock.now = new Date(START.getTime() + 84 * DAY);
    await idp.refreshKeys();
    const published = (await loadSigningKeys(deps, clock.now)).filter(({ alg }) => alg === 'ES256');
    expect(published).toHaveLength(2);
    expect(await signer(clock.now)).toBe(first);
    // Another process that looked during the week before knows the key that signs now.
    const other = await open();
    clock.now = new Date(START.getTime() + 91 * DAY);
    await idp.refreshKeys();
    const token = await idp.tokens.issue(claimsAt(clock.now));
    expect(decodeProtectedHeader(token).kid).not.toBe(first);
    expect(await other.tokens.verify(token, clock.now)).toEqual(claimsAt(clock.now));
    expect(await idp.tokens.verify(before, START)).toEqual(claimsAt(START));
    clock.now = new Date(START.getTime() + 110 * DAY);
    await idp.refreshKeys();
    expect((await loadSigningKeys(deps, clock.now)).map(({ kid }) => kid)).not.toContain(first);
    expect(await idp.tokens.verify(before, START)).toBeUndefined();
  });
});

describe('access tokens of our own API', () => {
  it('come back as they were issued, until they expire', async () => {
    const token = await idp.tokens.issue(claimsAt(clock.now));
    expect(await idp.tokens.verify(token, clock.now)).toEqual(claimsAt(clock.now));
    expect(await idp.tokens.verify(token, new Date(clock.now.getTime() + 901_000))).toBeUndefined();
  });

  it('group 7: alg none, HS256, another type, audience, issuer, key or any touched byte is none of ours', async () => {
    const now = clock.now;
    const [key] = (await loadSigningKeys(deps, now)).filter(({ alg }) => alg === 'ES256');
    if (key === undefined) throw new Error('no key');
    const jwk = toJwk(key);
    const claims = { ...claimsAt(now), iss: idp.issuer, aud: 'https://id.example/api' };
    const signed = (overrides: object, header: object = {}) =>
      new SignJWT({ ...claims, ...overrides })
        .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'at+jwt', ...header })
        .sign(jwk);
    const good = await signed({});
    expect(await idp.tokens.verify(good, now)).toBeDefined();
    const { d: _d, ...publicJwk } = jwk;
    const hmac = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: key.kid, typ: 'at+jwt' })
      .sign(new TextEncoder().encode(JSON.stringify(publicJwk)));
    const touched = `${good.slice(0, -3)}${good.endsWith('AAA') ? 'BBB' : 'AAA'}`;
    const bad = [
      '',
      'x.y.z',
      new UnsecuredJWT(claims).encode(),
      hmac,
      touched,
      await signed({}, { typ: 'JWT' }),
      await signed({}, { typ: 'logout+jwt' }),
      await signed({}, { kid: 'another' }),
      await signed({ aud: 'https://api.app.example' }),
      await signed({ iss: 'https://evil.example/oidc' }),
      await signed({ tenant_id: undefined }),
      await signed({ tenant_id: ['0b6e6a8e-3b7b-4d6a-9c43-0f2f6c6f0a02'] }),
    ];
    for (const token of bad) expect([token, await idp.tokens.verify(token, now)]).toEqual([token, undefined]);
    await expect(
      jwtVerify(good, createLocalJWKSet({ keys: [publicJwk] }), { currentDate: now }),
    ).resolves.toBeDefined();
  });
});
