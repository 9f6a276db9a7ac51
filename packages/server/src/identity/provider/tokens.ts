import { createLocalJWKSet, errors, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { AccessClaims, AccessTokens } from '../authentication.ts';
import { SIGNING_ALGS, signingKeyOf } from './core/key-schedule.ts';
import { type SigningKey, toJwk } from './signing-keys.ts';

/** Access tokens of our own API, beside those that oidc-provider makes for applications. */
export interface AccessTokenDeps {
  readonly issuer: string;
  /** Audience: a token for an application is none for us. */
  readonly audience: string;
  readonly keys: () => readonly SigningKey[];
}

const ALG = 'ES256';
/** RFC 9068: no other kind of token of ours carries it. */
const TYPE = 'at+jwt';

const claimsSchema: z.ZodType<AccessClaims> = z.object({
  sub: z.uuid(),
  tenant_id: z.uuid(),
  email: z.string(),
  email_verified: z.boolean(),
  role: z.string(),
  sid: z.string(),
  amr: z.array(z.string()),
  iat: z.int(),
  exp: z.int(),
});

export const accessTokens = (deps: AccessTokenDeps): AccessTokens => ({
  async issue(claims) {
    const key =
      signingKeyOf(deps.keys(), ALG, new Date(claims.iat * 1_000)) ?? deps.keys().find(({ alg }) => alg === ALG);
    if (key === undefined) throw new Error(`There is no key that signs ${ALG}.`);
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: ALG, kid: key.kid, typ: TYPE })
      .setIssuer(deps.issuer)
      .setAudience(deps.audience)
      .sign(await privateKeyOf(key));
  },
  async verify(text, now) {
    try {
      const { payload } = await jwtVerify(text, createLocalJWKSet({ keys: deps.keys().map(publicJwk) }), {
        issuer: deps.issuer,
        audience: deps.audience,
        algorithms: [...SIGNING_ALGS],
        typ: TYPE,
        currentDate: now,
      });
      const parsed = claimsSchema.safeParse(payload);
      return parsed.success ? parsed.data : undefined;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  },
});

const imported = new WeakMap<JWK, ReturnType<typeof importJWK>>();

/** Read once for as long as the key is in use, not for every token. */
function privateKeyOf({ privateJwk }: SigningKey): ReturnType<typeof importJWK> {
  const known = imported.get(privateJwk) ?? importJWK(privateJwk, ALG);
  imported.set(privateJwk, known);
  return known;
}

function publicJwk(key: SigningKey): JWK {
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...rest } = toJwk(key);
  return rest;
}
