export { type UserActionDeps, userActions } from './actions.ts';
export type {
  AccessClaims,
  AccessTokens,
  AccountLinks,
  EndedSession,
  EnqueueJobs,
  EnqueueMail,
  IdentityDeps,
  LoginAnswer,
  LoginRequest,
  LoginStep,
  SessionEnd,
  SessionEndedListener,
  SessionUser,
  TenantPolicy,
  UserSession,
} from './authentication.ts';
export {
  confirmEmailChange,
  type EmailChange,
  objectToEmailChange,
  requestEmailChange,
} from './change-email.ts';
export { changePassword, type PasswordChange } from './change-password.ts';
export { type LoginMethod, loginMethodOf } from './core/login-method.ts';
export { PASSWORD_MAX, PASSWORD_MIN, passwordFault } from './core/password.ts';
export { DEFAULT_POLICY } from './core/policy.ts';
export { type CreatedUser, createUser, type NewUser } from './create-user.ts';
export { type DeleteUserInput, deleteUser } from './delete-user.ts';
export { createPasswordHasher, type HasherOptions, type PasswordHasher } from './hash-password.ts';
export { openHashThreads } from './hash-threads.ts';
export { importUsers, type ListReport, type RowFault, type UserList } from './import-users.ts';
export { type Invitation, inviteUser, resendInvitation } from './invite-user.ts';
export { identityJobs } from './jobs.ts';
export { listUsers, loadUser, type User } from './load.ts';
export { logIn } from './log-in.ts';
export { expiryText } from './mail-user.ts';
export { setTenantPolicy, tenantPolicy, tenantTexts } from './policy.ts';
export {
  changeClient,
  createClient,
  ensureClient,
  findTenantColor,
  type NewOidcClient,
  openIdentityProvider,
  openUserDoor,
  purgeRecords,
} from './provider/index.ts';
export { type Registration, register } from './register.ts';
export { type RecoveryRenewal, renewRecoveryCodes } from './renew-recovery-codes.ts';
export { acceptInvitation, requestPasswordReset, resendVerification, resetPassword } from './reset-password.ts';
export { resetSecondFactor } from './reset-second-factor.ts';
export {
  checkSecondFactor,
  confirmTotp,
  listRecoveryCodes,
  type SecondFactorAnswer,
  startTotp,
  type TotpEnrolment,
  verifySecondFactor,
} from './second-factor.ts';
export {
  createSession,
  endSession,
  endSessionsOf,
  endSessionsOfTenant,
  findSession,
  listSessions,
  onSessionEnded,
  rotateSession,
  useSession,
} from './sessions.ts';
export { type EmailSetting, setUserEmail } from './set-user-email.ts';
export { purgeIdentity, sweepSessions } from './sweep.ts';
export { tellAdmins } from './tell-admins.ts';
export {
  authenticateAccess,
  type IssuedTokens,
  issueAccess,
  logOut,
  openTokenSession,
  refreshTokens,
  type TokenDeps,
} from './token-sessions.ts';
export { type UserUpdate, updateUser } from './update-user.ts';
export { verifyEmail } from './verify-email.ts';
export { type LoginAttempt, type LoginVerdict, verifyPassword } from './verify-password.ts';
