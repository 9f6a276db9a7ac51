import type { HttpServer } from '../../http/index.ts';
import { accountRoutes } from './account-routes.ts';
import { logInRoutes } from './log-in-routes.ts';
import type { IdentityProvider } from './open-identity-provider.ts';
import { providerRoutes } from './provider-routes.ts';
import type { UserDoor } from './user-door.ts';

/** /oidc, /login and /account. */
export function identityProviderRoutes(server: HttpServer, idp: IdentityProvider, users: UserDoor): void {
  const served = idp.serve(users);
  providerRoutes(server, idp, served);
  logInRoutes(server, idp, served);
  accountRoutes(server, idp, served);
}

/** Where mails lead; the pages above spend these tokens. */
export const accountLinks = (publicUrl: string) => ({
  resetPassword: (token: string): string => `${publicUrl}/account/reset/${token}`,
  verifyEmail: (token: string): string => `${publicUrl}/account/verify/${token}`,
  acceptInvitation: (token: string): string => `${publicUrl}/account/invitation/${token}`,
  confirmEmail: (token: string): string => `${publicUrl}/account/email/${token}`,
  objectToEmail: (token: string): string => `${publicUrl}/account/email-objection/${token}`,
  logIn: (tenantSlug: string): string => `${publicUrl}/account/log-in/${tenantSlug}`,
  takeExport: (): string => `${publicUrl}/api/admin/export`,
});
