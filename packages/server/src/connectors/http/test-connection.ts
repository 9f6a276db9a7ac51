import { type ConnectionTest, faultOfStatus } from '../kit/index.ts';
import { openCaller } from './caller.ts';
import { httpSettings } from './settings.ts';

/** Reads the base address. Any answer that is no refusal of our credentials and no failure shows that it is there. */
export const httpTest: ConnectionTest = {
  kind: 'http',
  run: async (ctx, name) => {
    await using caller = openCaller(ctx, name);
    const { status, durationMs } = await caller.call({ method: 'GET', url: '' });
    const { host } = new URL(ctx.connection('http', name, httpSettings).base_url);
    if (status === 401 || status === 403 || status === 407 || status >= 500) {
      throw faultOfStatus(status, { system: host });
    }
    return { found: `${host} answered ${status} after ${Math.round(durationMs)} ms.`, simulated: false };
  },
};
