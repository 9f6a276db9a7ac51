export { listSupport, type SupportFilter } from './list-support.ts';
export { type SupportRow, type SupportStatus, statusOf } from './load.ts';
export { endSupport, grantSupport, openSupport, type SupportWish } from './open-support.ts';
export { readSupportPolicy, type SupportPolicy, setSupportPolicy } from './policy.ts';
