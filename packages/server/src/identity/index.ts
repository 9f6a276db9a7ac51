export { type UserActionDeps, userActions } from './actions.ts';
export { changePassword, type PasswordChange } from './change-password.ts';
export { PASSWORD_MAX, PASSWORD_MIN } from './core/password.ts';
export { type CreatedUser, createUser, type NewUser } from './create-user.ts';
export { type DeleteUserInput, deleteUser } from './delete-user.ts';
export { listUsers, loadUser, type User } from './load.ts';
export { type LoginAttempt, type LoginVerdict, verifyPassword } from './verify-password.ts';
