import type { Act } from '../act.ts';
import { auditAct } from '../audit/list-audit.ts';
import { notFound } from '../http/answer-error.ts';
import { FieldReader } from '../http/field-reader.ts';
import { Refusal } from '../refusal.ts';
import type { Role } from '../sessions/load-session.ts';
import { hashPassword, newTemporaryPassword } from '../sessions/passwords.ts';
import { assertRoom } from '../tenants/assert-room.ts';

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly fullName: string;
  readonly role: Role;
  readonly pilot: boolean;
  readonly mustChangePassword: boolean;
  readonly lastLoginAt: Date | null;
}

export interface PersonInput {
  readonly email: string;
  readonly fullName: string;
  readonly role: Role;
}

/** The only time a password is seen in clear: to be handed over, and replaced at the first log-in. */
export interface PersonWithPassword {
  readonly person: Person;
  readonly temporaryPassword: string;
}

const COLUMNS = `id, email, full_name as "fullName", role, pilot, must_change_password as "mustChangePassword",
  last_login_at as "lastLoginAt"`;

export async function listPeople({ db }: Act): Promise<readonly Person[]> {
  const { rows } = await db.query<Person>(`select ${COLUMNS} from users order by lower(email)`);
  return rows;
}

/** `temporary` is made before the transaction, see `makeTemporary`. */
export async function addPerson(act: Act, input: PersonInput, temporary: Temporary): Promise<PersonWithPassword> {
  await assertRoom(act, 'users');
  const { rows } = await act.db.query<Person>(
    `insert into users (tenant_id, email, full_name, role, password_hash) values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, lower(email)) do nothing returning ${COLUMNS}`,
    [act.visitor.tenantId, input.email, input.fullName, input.role, temporary.hash],
  );
  const person = rows[0];
  if (person === undefined) throw new Refusal('email_taken', 'Somebody of your workshop has this e-mail address.');
  await auditAct(act, 'user.added', { user: person.id, email: person.email, role: person.role });
  return { person, temporaryPassword: temporary.clear };
}

/** Every session of the person ends. For somebody else: one's own is changed by knowing the present one. */
export async function resetPassword(act: Act, id: string, temporary: Temporary): Promise<PersonWithPassword> {
  if (id === act.visitor.userId) throw new Refusal('invalid', 'Change your own password on the password page.');
  const { rows } = await act.db.query<Person>(
    `update users set password_hash = $2, must_change_password = true where id = $1 returning ${COLUMNS}`,
    [id, temporary.hash],
  );
  const person = rows[0];
  if (person === undefined) throw notFound();
  await act.db.query('delete from sessions where user_id = $1', [id]);
  await auditAct(act, 'password.reset', { user: id, email: person.email });
  return { person, temporaryPassword: temporary.clear };
}

export interface Temporary {
  readonly clear: string;
  readonly hash: string;
}

/** Hashing takes tens of milliseconds: done before a connection is taken. */
export async function makeTemporary(): Promise<Temporary> {
  const clear = newTemporaryPassword();
  return { clear, hash: await hashPassword(clear) };
}

export function readPerson(body: unknown): PersonInput {
  const reader = new FieldReader(body);
  const person = {
    email: reader.text('email', { min: 3, max: 320 }),
    fullName: reader.text('fullName', { min: 1, max: 200 }),
    role: reader.oneOf<Role>('role', ['member', 'viewer', 'admin']),
  };
  reader.require(/^[^\s@]+@[^\s@]+$/.test(person.email), 'email', 'This is no e-mail address.');
  reader.finish('Nobody was added.');
  return person;
}
