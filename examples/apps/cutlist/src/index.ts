export type { Clock, CutlistContext, SessionPolicy } from './context.ts';
export { migrateCutlist } from './db/migrate.ts';
export { allowLogin, type CutlistRole } from './db/roles.ts';
export { FixedWindow } from './http/fixed-window.ts';
export { cutlistRoutes } from './http/routes.ts';
export { hashPassword } from './sessions/passwords.ts';
export { type Cutlist, type CutlistOptions, startCutlist } from './start.ts';
