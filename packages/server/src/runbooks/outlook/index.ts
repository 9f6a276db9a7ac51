export { listAttempts } from './list-attempts.ts';
export { readAttention } from './read-attention.ts';
export { readOutlook } from './view-outlook.ts';
