/** The library inside the vendor's application: what each tenant may do now, answered from memory. */
export {
  type CallOptions,
  createGuard,
  type Guard,
  type GuardOptions,
  type GuardStatus,
  type Need,
  type RateOptions,
  type ReserveOptions,
} from './create-guard.ts';
export type { Decision, GuardCode } from './decision.ts';
export type { LimitDecision } from './limit.ts';
export {
  localRateStore,
  type RateCount,
  type RateDecision,
  type RateRequest,
  type RateStore,
} from './rate.ts';
export type { Reservation, ReservationRequest, ReservationStore } from './reservation.ts';
export {
  type HeadersLike,
  verifyWebhook,
  type WebhookCode,
  type WebhookOptions,
  type WebhookVerdict,
} from './verify-webhook.ts';
