import { defineConnector } from '../kit/index.ts';
import { getCheck } from './get.ts';
import { rateLimitCheck, redirectsToHttpsCheck, securityHeadersCheck } from './headers.ts';
import { loadSampleCheck } from './load-sample.ts';
import { reachableCheck } from './reachable.ts';
import { requestAction, requestOnceAction } from './request.ts';
import { httpTest } from './test-connection.ts';

export { type HttpSettings, httpSettings } from './settings.ts';

/** Requests to any HTTP API, and what can be read from its answers. */
export const httpConnector = defineConnector({
  name: 'http',
  actions: [requestAction, requestOnceAction],
  checks: [getCheck, reachableCheck, redirectsToHttpsCheck, securityHeadersCheck, loadSampleCheck, rateLimitCheck],
  connectionTests: [httpTest],
});
