import { bug } from '@tenantry/contract';
import { columnsOf, type Tx } from '../db/index.ts';
import { networkOf } from './addresses.ts';
import type { LoginRequest } from './authentication.ts';
import { IMPORTED_COST, toImportedCost } from './imported-cost.ts';
import { isKnownNetwork } from './known-addresses.ts';
import type { UserRow } from './load.ts';
import { hasConfirmedTotp } from './second-factor-rows.ts';
import { users } from './tables.ts';

/** What is known of somebody who tries to log in. */
export interface LoginFacts {
  readonly user: UserRow | undefined;
  /** See `PasswordCheck`. */
  readonly importedCost: number | undefined;
  /** Whether the user has logged in from this address before. */
  readonly isKnown: boolean;
  readonly hasSecondFactor: boolean;
}

const NOBODY = `'00000000-0000-0000-0000-000000000000'::uuid`;
const USER_ID = `coalesce(u.id, ${NOBODY})`;

/** One statement, which looks in every table whether the user exists or not. */
const FIND = {
  name: 'identity-login-facts',
  text: `select ${columnsOf(users, 'u')}, (${IMPORTED_COST}) as "importedCost",
           ${isKnownNetwork(USER_ID, '$3')} as "isKnown", ${hasConfirmedTotp(USER_ID)} as "hasSecondFactor"
         from (select) as asked left join users u on u.tenant_id = $1 and lower(u.email) = lower($2)`,
};

type Row = { readonly [Column in keyof UserRow]: UserRow[Column] | null } & {
  readonly importedCost: number | null;
  readonly isKnown: boolean;
  readonly hasSecondFactor: boolean;
};

export async function findLoginFacts(tx: Tx, { tenantId, email, address }: LoginRequest): Promise<LoginFacts> {
  const { rows } = await tx.query<Row>(FIND, [tenantId, email, networkOf(address)]);
  const [row] = rows;
  if (row === undefined) throw bug('A select without a condition answered nothing.');
  const { importedCost, isKnown, hasSecondFactor, ...user } = row;
  return {
    user: isUser(user) ? user : undefined,
    importedCost: toImportedCost(importedCost),
    isKnown,
    hasSecondFactor,
  };
}

const isUser = (row: Readonly<Record<keyof UserRow, unknown>>): row is UserRow => row.id !== null;
