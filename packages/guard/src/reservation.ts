import type { GuardCode } from './decision.ts';
import type { LimitDecision } from './limit.ts';

export interface ReservationRequest {
  readonly tenantId: string;
  readonly name: string;
  readonly amount: number;
  readonly limit: number;
  /** How long it holds when nobody confirms it, in milliseconds. */
  readonly leaseMs: number;
}

/** Units that nobody else can take until they are confirmed, released or their lease ends. */
export interface Reservation {
  readonly ok: boolean;
  readonly code: GuardCode;
  readonly limit: number;
  /** Units left once this reservation is counted. */
  readonly remaining: number;
  /**
   * Turns it into usage. Hand in the connection that creates the thing, inside its transaction: then both are kept or
   * neither. False when the lease ended and the place went to another: roll back. True again when it was confirmed.
   */
  confirm(client?: unknown): Promise<boolean>;
  /** Gives it back; harmless when it is confirmed or gone. */
  release(): Promise<void>;
}

export interface ReservationStore {
  reserve(request: ReservationRequest): Promise<Reservation>;
}

export const refusedReservation = ({ code, limit, remaining }: Omit<LimitDecision, 'ok'>): Reservation => ({
  ok: false,
  code,
  limit,
  remaining,
  confirm: async () => false,
  release: async () => undefined,
});
