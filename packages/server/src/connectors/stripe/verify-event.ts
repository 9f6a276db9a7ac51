import { bug } from '@tenantry/contract';
import { Stripe } from 'stripe';
import type { Secret } from '../kit/index.ts';

/** Stripe's own: an event signed longer ago is a replay. */
export const TOLERANCE_SECONDS = 300;

export type Verified =
  | { readonly ok: true; readonly event: unknown }
  | { readonly ok: false; readonly why: 'unsigned' | 'forged' | 'too old' | 'unreadable' };

export interface SignedBody {
  /** As it came, byte for byte. */
  readonly body: Buffer;
  /** `Stripe-Signature`. */
  readonly signature: string | undefined;
  /** Any of them will do: while one is rotated away, two hold. */
  readonly secrets: readonly Secret[];
  readonly now: Date;
}

/** Whether Stripe signed this, now. Stripe's own library decides; the order of the secrets does not matter. */
export function verifyEvent({ body, signature, secrets, now }: SignedBody): Verified {
  if (signature === undefined || signature === '') return { ok: false, why: 'unsigned' };
  let tooOld = false;
  for (const secret of secrets) {
    try {
      const event: unknown = Stripe.webhooks.constructEvent(
        body,
        signature,
        secret.reveal(),
        TOLERANCE_SECONDS,
        undefined,
        now.getTime(),
      );
      return { ok: true, event };
    } catch (error) {
      // What is signed and is no JSON was signed by Stripe, and is still nothing we can read.
      if (error instanceof SyntaxError) return { ok: false, why: 'unreadable' };
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) {
        throw bug('The signature of an event could not be checked.', { cause: error });
      }
      // The library tells the two apart in words only; the age is looked at after the signature was found right.
      tooOld ||= error.message.startsWith('Timestamp outside');
    }
  }
  return { ok: false, why: tooOld ? 'too old' : 'forged' };
}
