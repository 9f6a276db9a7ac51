/** Which person of the vendor an account of the provider is. */
import { and, eq, sql } from 'drizzle-orm';
import type { Ctx } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import { insertPerson } from '../create-person.ts';
import type { OperatorMails } from '../mails.ts';
import { isLastingOwner, lockGrants, readGrants, type WantedGrant, writeGrants } from '../operators/grants.ts';
import { loadInvitation, spendInvitation } from '../operators/invitations.ts';
import { writeIdentity } from '../operators/link-identity.ts';
import { operatorIdentities, type Person, people } from '../tables.ts';
import { rolesOfGroups, vouchedEmail } from './core/group-roles.ts';
import type { ProviderClaims } from './provider.ts';
import type { Refusal } from './refuse.ts';
import type { ProviderSettings } from './settings.ts';

interface ResolveDeps {
  readonly settings: ProviderSettings;
  readonly mails: OperatorMails;
}

/**
 * The person linked to the account; else the one whose invitation was followed, if the provider vouches for the
 * invited address; else a new one, if a group gives a role. Never a person found by an address: whoever gets that
 * address one day would be them (no take-over by e-mail).
 *
 * @throws access.invitation_spent
 */
export async function resolvePerson(
  ctx: Ctx,
  deps: ResolveDeps,
  answer: ProviderClaims,
  invitationId: string | null,
): Promise<Person | Refusal> {
  await lockGrants(ctx.tx);
  const linked = await findLinked(ctx, answer);
  const person = linked ?? (await admit(ctx, deps, answer, invitationId));
  if ('reason' in person) return person;
  if (person.disabledAt !== null) return refusal('disabled', person, answer);
  await followGroups(ctx, deps.settings, answer, person);
  const { rowCount } = await ctx.tx.query(
    'select from grants where person_id = $1 and (expires_at is null or expires_at > $2) limit 1',
    [person.id, ctx.now],
  );
  return rowCount > 0 ? person : refusal('no_role', person, answer);
}

async function findLinked({ tx }: Ctx, { issuer, subject }: ProviderClaims): Promise<Person | undefined> {
  const [row] = await tx.orm
    .select({ person: people })
    .from(operatorIdentities)
    .innerJoin(people, eq(people.id, operatorIdentities.personId))
    .where(and(eq(operatorIdentities.issuer, issuer), eq(operatorIdentities.subject, subject)));
  return row?.person;
}

async function admit(
  ctx: Ctx,
  { settings, mails }: ResolveDeps,
  answer: ProviderClaims,
  invitationId: string | null,
): Promise<Person | Refusal> {
  const email = vouchedEmail(answer.claims, settings);
  if (email === undefined) return refusal('address_not_vouched', undefined, answer);
  if (invitationId !== null) return admitInvited(ctx, mails, answer, { email, invitationId });
  if (rolesOfGroups(groupsOf(settings, answer), settings.groupRoles).length === 0) {
    return refusal('unknown_person', undefined, answer);
  }
  const [holder] = await ctx.tx.orm
    .select()
    .from(people)
    .where(eq(sql`lower(${people.email})`, email.toLowerCase()));
  // An owner says who this is: `linkIdentity`.
  if (holder !== undefined) return refusal('address_taken', holder, answer);
  const { id } = await insertPerson(ctx, {
    name: nameOf(answer, email),
    email,
    party: 'vendor',
    roles: [],
    clientId: null,
    development: false,
  });
  await writeIdentity(ctx, { personId: id, issuer: answer.issuer, subject: answer.subject });
  const [created] = await ctx.tx.orm.select().from(people).where(eq(people.id, id));
  return created ?? refusal('unknown_person', undefined, answer);
}

async function admitInvited(
  ctx: Ctx,
  mails: OperatorMails,
  answer: ProviderClaims,
  { email, invitationId }: { readonly email: string; readonly invitationId: string },
): Promise<Person | Refusal> {
  const invitation = await loadInvitation(ctx.tx, { id: invitationId }, ctx.now);
  const { person } = invitation;
  if (person.email.toLowerCase() !== email.toLowerCase()) return refusal('other_invitee', person, answer);
  await spendInvitation(ctx, mails, invitation);
  await writeIdentity(ctx, { personId: person.id, issuer: answer.issuer, subject: answer.subject });
  await recordAudit(ctx, {
    action: 'operator.identity_linked',
    subject: { kind: 'person', id: person.id, name: person.name },
    detail: { issuer: answer.issuer, subject: answer.subject, by: 'invitation' },
  });
  return person;
}

/**
 * At each sign-in the groups say again which roles they give; what was given by hand stays. Only a last owner keeps a
 * role that the groups no longer give: without an owner nobody could give it back.
 */
async function followGroups(
  ctx: Ctx,
  settings: ProviderSettings,
  answer: ProviderClaims,
  person: Person,
): Promise<void> {
  if (settings.groupRoles.length === 0) return;
  const mapped = rolesOfGroups(groupsOf(settings, answer), settings.groupRoles);
  const wanted = mapped.map((grant): WantedGrant => ({ ...grant, clientId: null, expiresAt: null }));
  const before = await readGrants(ctx.tx, person.id, ['idp']);
  const same = (a: readonly WantedGrant[], b: readonly WantedGrant[]): boolean =>
    a.length === b.length &&
    a.every(({ role, productId }) => b.some((each) => each.role === role && each.productId === productId));
  if (same(before, wanted)) return;
  const wasOwner = await isLastingOwner(ctx.tx, person.id);
  const keep = wasOwner && !wanted.some(({ role }) => role === 'owner') && (await isOnlyOwner(ctx, person));
  const owner = before.filter(({ role }) => keep && role === 'owner');
  await writeGrants(ctx, person.id, [...owner, ...wanted], { replace: ['idp'], write: 'idp' });
  await recordAudit(ctx, {
    action: 'operator.groups_followed',
    subject: { kind: 'person', id: person.id, name: person.name },
    detail: { from: before.map(placeOf), to: [...owner, ...wanted].map(placeOf), keptAsLastOwner: owner.length > 0 },
  });
}

const placeOf = ({ role, productId }: WantedGrant): { role: string; productId: string | null } => ({ role, productId });

async function isOnlyOwner({ tx }: Ctx, { id }: Person): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select from grants g join people p on p.id = g.person_id
     where g.role = 'owner' and g.expires_at is null and p.disabled_at is null and not p.development
       and (p.id <> $1 or g.source <> 'idp') limit 1`,
    [id],
  );
  return rowCount === 0;
}

const groupsOf = ({ groupsClaim = 'groups' }: ProviderSettings, { claims }: ProviderClaims): unknown =>
  Object.hasOwn(claims, groupsClaim) ? claims[groupsClaim] : undefined;

const nameOf = ({ claims }: ProviderClaims, email: string): string => {
  const name = typeof claims.name === 'string' ? claims.name.trim().slice(0, 200) : '';
  return name === '' ? email : name;
};

const refusal = (
  reason: Refusal['reason'],
  person: Person | undefined,
  { issuer, subject }: ProviderClaims,
): Refusal => ({
  reason,
  subject: person === undefined ? { kind: 'identity', id: subject } : { kind: 'person', id: person.id },
  detail: { issuer, subject },
});
