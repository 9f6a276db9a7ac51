export { type ObjectRequest, readObject, type StripeAddress } from './read-object.ts';
export { type SignedBody, TOLERANCE_SECONDS, type Verified, verifyEvent } from './verify-event.ts';
