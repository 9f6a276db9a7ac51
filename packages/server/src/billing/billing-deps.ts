import type { Ctx } from '../access/index.ts';
import type { Secret } from '../connectors/kit/index.ts';
import type { Database } from '../db/index.ts';
import type { Keyring } from '../vault/index.ts';

/** The billing system, behind what it is asked here. */
export interface BillingProvider {
  /** Whether it signed this, now; any of the secrets will do. */
  verify(signed: {
    readonly body: Buffer;
    readonly signature: string | undefined;
    readonly secrets: readonly Secret[];
    readonly now: Date;
  }): { readonly ok: true; readonly event: unknown } | { readonly ok: false; readonly why: string };
  /** An object as it is there now. @throws one of the `connector.*` codes */
  read(request: {
    readonly apiKey: Secret;
    readonly kind: 'invoice' | 'subscription';
    readonly id: string;
  }): Promise<unknown>;
}

export interface BillingMail {
  readonly tenantId: string;
  readonly template: 'payment-overdue';
  /** One mail for each administrator under it, however often it is told. */
  readonly key: string;
  readonly values: Readonly<Record<string, string>>;
}

/** What the people who look after a product are told. */
export interface OperatorNote {
  readonly productId: string;
  readonly clientId: string | null;
  readonly key: string;
  readonly subject: string;
  readonly text: string;
  /** The command that goes on. */
  readonly next: string;
}

export interface BillingDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly provider: BillingProvider;
  readonly now: () => Date;
  readonly tellAdmins: (ctx: Ctx, mail: BillingMail) => Promise<unknown>;
  readonly tellOperators: (ctx: Ctx, note: OperatorNote) => Promise<unknown>;
}
