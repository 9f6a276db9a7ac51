/** `/api/v1/runs`, `/api/v1/plans` and `/api/v1/runbooks`: parse, call the verb, answer. */
import type { HttpServer } from '../http/index.ts';
import { endRoutes } from './routes/act-on-runs.ts';
import { stepRoutes } from './routes/act-on-steps.ts';
import { documentRoutes } from './routes/read-documents.ts';
import { outlookRoutes } from './routes/read-outlook.ts';
import { readRoutes } from './routes/read-runs.ts';
import type { RunRoutesDeps } from './routes/run-params.ts';
import { startRoutes } from './routes/start-runs.ts';
import { eventRoutes } from './routes/tell-events.ts';
import { connectionRoutes } from './routes/test-connections.ts';
import { runbookRoutes } from './routes/versions.ts';

export type { RunRoutesDeps } from './routes/run-params.ts';

export function runRoutes(server: HttpServer, deps: RunRoutesDeps): void {
  readRoutes(server, deps);
  outlookRoutes(server);
  documentRoutes(server);
  startRoutes(server, deps);
  stepRoutes(server, deps);
  endRoutes(server, deps);
  eventRoutes(server);
  runbookRoutes(server, deps);
  connectionRoutes(server, deps);
}
