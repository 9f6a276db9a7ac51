export {
  createFirstOwner,
  createOperator,
  type InvitedOperator,
  type NewOperator,
} from './create-operator.ts';
export { disableOperator } from './disable-operator.ts';
export { type NewGrant, newGrantSchema, writeGrants } from './grants.ts';
export { INVITATION_MS, type Invitation, invitationLink } from './invitations.ts';
export { linkIdentity } from './link-identity.ts';
export { type GrantRow, listOperators, type Operator, readOperator } from './list-operators.ts';
export { reinviteOperator } from './reinvite-operator.ts';
export { type GrantsInput, setGrants } from './set-grants.ts';
export { setOperatorEmail } from './set-operator-email.ts';
