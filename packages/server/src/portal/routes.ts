/** Every route of the portal: what operators ask, and what the client's browser asks. */
import type { HttpServer } from '../http/index.ts';
import type { RunWatch } from '../runbooks/index.ts';
import type { PortalDeps } from './portal-deps.ts';
import { lifeRoutes } from './routes/life.ts';
import { operatorPortalRoutes } from './routes/operators.ts';
import { questionRoutes } from './routes/questions.ts';
import { sessionRoutes } from './routes/session.ts';
import { sharedRoutes } from './routes/shared.ts';
import { streamRoute } from './routes/stream.ts';
import { taskRoutes } from './routes/tasks.ts';
import { uploadRoutes } from './routes/uploads.ts';

export function portalRoutes(server: HttpServer, deps: PortalDeps, watch: RunWatch): void {
  operatorPortalRoutes(server, deps);
  sessionRoutes(server, deps);
  taskRoutes(server, deps);
  uploadRoutes(server, deps);
  lifeRoutes(server, deps);
  sharedRoutes(server, deps);
  questionRoutes(server, deps);
  streamRoute(server, deps, watch);
}
