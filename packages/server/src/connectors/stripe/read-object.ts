import { Stripe } from 'stripe';
import { connectorFault, RETRY_LATER, type Secret } from '../kit/index.ts';

const TIMEOUT_MS = 10_000;
const SYSTEM = 'Stripe';

export interface StripeAddress {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'http' | 'https';
}

export interface ObjectRequest {
  readonly apiKey: Secret;
  readonly kind: 'invoice' | 'subscription';
  readonly id: string;
}

/**
 * The object as Stripe has it now. Reads only.
 *
 * @throws connector.unauthorized, connector.not_found, connector.throttled, connector.unreachable, connector.refused
 */
export async function readObject({ apiKey, kind, id }: ObjectRequest, address?: StripeAddress): Promise<unknown> {
  const stripe = new Stripe(apiKey.reveal(), {
    timeout: TIMEOUT_MS,
    maxNetworkRetries: 1,
    telemetry: false,
    ...address,
  });
  try {
    return kind === 'invoice' ? await stripe.invoices.retrieve(id) : await stripe.subscriptions.retrieve(id);
  } catch (error) {
    throw faultOf(error, apiKey);
  }
}

function faultOf(error: unknown, apiKey: Secret): unknown {
  const { errors } = Stripe;
  if (!(error instanceof errors.StripeError)) return error;
  const facts = { system: SYSTEM, effect: 'none', detail: error.message, secrets: [apiKey] } as const;
  if (error instanceof errors.StripeAuthenticationError || error instanceof errors.StripePermissionError) {
    return connectorFault('connector.unauthorized', 'it does not accept the API key', {
      ...facts,
      retry: 'never',
      next: 'Give it another one: tenantry billing key add PRODUCT --kind api_key.',
    });
  }
  if (error.statusCode === 404) {
    return connectorFault('connector.not_found', 'it has no such object', { ...facts, retry: 'never' });
  }
  if (error instanceof errors.StripeRateLimitError) {
    return connectorFault('connector.throttled', 'it asks us to slow down', { ...facts, retry: RETRY_LATER });
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return connectorFault('connector.refused', 'it refused to be asked', { ...facts, retry: 'never' });
  }
  return connectorFault('connector.unreachable', 'it did not answer', { ...facts, retry: RETRY_LATER });
}
