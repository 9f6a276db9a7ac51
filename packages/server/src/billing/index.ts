export { applyEvents } from './apply-events.ts';
export type { BillingDeps, BillingMail, BillingProvider, OperatorNote } from './billing-deps.ts';
export { setBillingCustomer } from './customers.ts';
export { keepDunnings } from './dunning.ts';
export { addBillingKey, keyOpener, type OpenKeys, retireBillingKey } from './keys.ts';
export { eventReceiver, type ReceiveEvent } from './receive-event.ts';
export { assignEvent, listBillingEvents, replayEvent, settleEvent } from './settle-event.ts';
