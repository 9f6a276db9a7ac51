import type { TenantPolicy } from '../authentication.ts';

/** How customer messages name the way users log in (IDN-40). */
export type LoginMethod = 'SSO' | 'Email+Password';

/** A tenant without passwords logs in through its own identity provider. */
export const loginMethodOf = ({ passwordsEnabled }: Pick<TenantPolicy, 'passwordsEnabled'>): LoginMethod =>
  passwordsEnabled ? 'Email+Password' : 'SSO';
