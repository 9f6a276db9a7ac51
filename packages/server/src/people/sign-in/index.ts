export { acceptInvitation, choosePassword, findInvited } from './accept-invitation.ts';
export { exchangeCliCode, issueCliCode } from './cli-codes.ts';
export type { GroupRole } from './core/group-roles.ts';
export { returnPath } from './core/return-path.ts';
export { signInWithPassword } from './password-sign-in.ts';
export { openProvider, type Provider } from './provider.ts';
export { finishProviderSignIn, startProviderSignIn } from './provider-sign-in.ts';
export { type RecoveryProof, renewRecoveryCodes } from './renew-recovery-codes.ts';
export type { OperatorSecrets, PasswordWork, ProviderSettings, SignInDeps, Visitor } from './settings.ts';
