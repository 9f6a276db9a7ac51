import type { ConnectionTest } from '../kit/index.ts';
import { greet } from './deliver.ts';
import { targetOf } from './settings.ts';

/** Connects, agrees on TLS and logs in; no mail is sent. */
export const smtpTest: ConnectionTest = {
  kind: 'smtp',
  run: async (ctx, name) => {
    const target = targetOf(ctx, name);
    await greet(ctx, target);
    const { settings, system } = target;
    const how = settings.user === undefined ? 'took us without a log-in' : 'took our log-in';
    const simulated = settings.mailbox !== undefined;
    return { found: `${system} ${how}${simulated ? '; it is the development mailbox' : ''}.`, simulated };
  },
};
