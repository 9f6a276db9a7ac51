/** Billing put together: the connector, the vault, and whom it tells. */
import type { Duty } from './background.ts';
import {
  applyEvents,
  type BillingDeps,
  type BillingProvider,
  eventReceiver,
  keepDunnings,
  keyOpener,
  type ReceiveEvent,
} from './billing/index.ts';
import type { Config } from './config.ts';
import { readObject, verifyEvent } from './connectors/stripe/index.ts';
import type { Database } from './db/index.ts';
import { tellAdmins } from './identity/index.ts';
import { accountLinks } from './identity/provider/routes.ts';
import { enqueueMail } from './notifications/index.ts';
import { type TellLog, tellOperators } from './operator-notes.ts';
import type { Keyring } from './vault/index.ts';

export interface BillingParts {
  readonly receive: ReceiveEvent;
  readonly duties: readonly Duty[];
}

export interface BillingPartsInput {
  readonly config: Pick<Config, 'publicUrl' | 'mode' | 'smtpUrl'>;
  readonly database: Database;
  readonly keyring: Keyring;
  readonly now: () => Date;
  readonly log: TellLog;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export const stripeProvider: BillingProvider = { verify: verifyEvent, read: (request) => readObject(request) };

export function billingParts({ config, database, keyring, now, log }: BillingPartsInput): BillingParts {
  const mails = { enqueueMail, links: accountLinks(config.publicUrl) };
  const deps: BillingDeps = {
    database,
    keyring,
    provider: stripeProvider,
    now,
    tellAdmins: (ctx, mail) => tellAdmins(ctx, mails, mail),
    tellOperators: (ctx, note) => tellOperators(ctx, { config, log }, note),
  };
  const openKeys = keyOpener(deps);
  return {
    receive: eventReceiver(deps, openKeys),
    duties: [
      ['apply events of the billing system', SECOND, () => applyEvents(deps, openKeys)],
      ['dun who owes something', MINUTE, () => keepDunnings(database, deps, now())],
    ],
  };
}
