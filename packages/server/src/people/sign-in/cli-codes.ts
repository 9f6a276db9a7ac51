/** The command line's sign-in: a code through the browser, exchanged for a personal key (RFC 8252 with RFC 7636). */
import { createHash } from 'node:crypto';
import { bug, TenantryError } from '@tenantry/contract';
import { eq } from 'drizzle-orm';
import { type Ctx, type PersonActor, systemActor } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import { Secret } from '../../connectors/kit/index.ts';
import { ceilingOf } from '../holders.ts';
import { hashOf, newKey } from '../key-text.ts';
import { apiKeys, people } from '../tables.ts';
import { newToken } from '../token-text.ts';
import type { SignInDeps } from './settings.ts';

const CODE_MS = 2 * 60_000;
/** A laptop that is lost and forgotten opens nothing after a month. */
const KEY_MS = 30 * 24 * 60 * 60_000;

export interface CliRequest {
  /** base64url of the SHA-256 of the verifier. */
  readonly challenge: string;
  /** What the key is called, such as the name of the machine. */
  readonly keyName: string;
}

/** For the person whose session agreed to it. */
export async function issueCliCode(ctx: Ctx, person: PersonActor, { challenge, keyName }: CliRequest): Promise<Secret> {
  const { token, hash } = newToken();
  await ctx.tx.query('delete from operator_cli_codes where expires_at < $1', [ctx.now]);
  await ctx.tx.query(
    'insert into operator_cli_codes (code_hash, person_id, challenge, key_name, expires_at) values ($1, $2, $3, $4, $5)',
    [hash, person.id, challenge, keyName, new Date(ctx.now.getTime() + CODE_MS)],
  );
  return token;
}

export interface CliKey {
  readonly key: Secret;
  readonly keyId: string;
  readonly name: string;
  readonly email: string;
  readonly expiresAt: Date;
}

interface CodeRow {
  readonly person_id: string;
  readonly challenge: string;
  readonly key_name: string;
}

/**
 * Exchanges a code, once, for a key that carries what the person may do now, and shrinks with it. A wrong verifier
 * uses the code up as well.
 *
 * @throws access.sign_in_refused
 */
export async function exchangeCliCode(
  { database, now }: Pick<SignInDeps, 'database' | 'now'>,
  input: { readonly code: string; readonly verifier: string },
): Promise<CliKey> {
  const made = await database.transaction('operator', async (tx) => {
    const ctx: Ctx = { tx, actor: systemActor('sign-in'), now: now() };
    const { rows } = await tx.query<CodeRow>(
      'delete from operator_cli_codes where code_hash = $1 and expires_at > $2 returning person_id, challenge, key_name',
      [hashOf(input.code), ctx.now],
    );
    const row = rows[0];
    const challenge = createHash('sha256').update(input.verifier).digest('base64url');
    return row === undefined || row.challenge !== challenge ? undefined : makeKey(ctx, row);
  });
  if (made !== undefined) return made;
  throw new TenantryError('access.sign_in_refused', 'The code of this sign-in was used, has expired or is another’s.', {
    next: 'Run tenantry login again.',
  });
}

async function makeKey(ctx: Ctx, row: CodeRow): Promise<CliKey | undefined> {
  const [person] = await ctx.tx.orm.select().from(people).where(eq(people.id, row.person_id));
  if (person === undefined || person.disabledAt !== null) return undefined;
  const scopes = await ceilingOf(ctx.tx, person, ctx.now);
  const key = newKey();
  const expiresAt = new Date(ctx.now.getTime() + KEY_MS);
  const [created] = await ctx.tx.orm
    .insert(apiKeys)
    .values({
      personId: person.id,
      name: row.key_name,
      scopes: [...scopes],
      keyHash: key.hash,
      prefix: key.prefix,
      createdAt: ctx.now,
      expiresAt,
    })
    .returning({ id: apiKeys.id });
  if (created === undefined) throw bug('An INSERT … RETURNING gave no row.');
  await recordAudit(ctx, {
    action: 'key.created',
    subject: { kind: 'key', id: created.id, name: row.key_name },
    detail: {
      personId: person.id,
      person: person.name,
      scopes,
      prefix: key.prefix,
      expiresAt: expiresAt.toISOString(),
      by: 'login',
    },
  });
  return { key: new Secret(key.text), keyId: created.id, name: person.name, email: person.email, expiresAt };
}
