/** `/portal/api/events`: the page of a client is told that something has moved, and reads it as it always does. */
import type { HttpServer, ServerEvent } from '../../http/index.ts';
import { streamEvents } from '../../http/index.ts';
import type { RunWatch } from '../../runbooks/index.ts';
import type { PortalDeps } from '../portal-deps.ts';
import { findVisitor } from '../visitor.ts';
import { listOwnRunIds } from '../work/own-runs.ts';
import { portalRoute, sessionCookieOf, visitorOf } from './visits.ts';

/** Runs that begin meanwhile are found, and a session that has expired ends, within this time. */
const LOOK_EVERY_MS = 10_000;

export function streamRoute(server: HttpServer, deps: PortalDeps, watch: RunWatch): void {
  server.get(
    '/portal/api/events',
    {
      ...portalRoute,
      schema: { summary: 'Server-sent events: that something of this client has moved, never what', tags: ['portal'] },
    },
    async (request, reply) => {
      const visitor = await visitorOf(request, deps);
      const token = sessionCookieOf(request, deps);
      // An open page is nobody looking at it: the session stays as idle as it is.
      request.isStillAllowed = () =>
        findVisitor(deps.database, token, deps.now(), { seen: false }).then(
          () => true,
          () => false,
        );
      return streamEvents(
        request,
        reply,
        ({ signal }) => followRuns({ watch, ids: () => listOwnRunIds(deps.database, visitor), signal }),
        { heartbeatMs: LOOK_EVERY_MS },
      );
    },
  );
}

interface Following {
  readonly watch: RunWatch;
  /** Of the visitor's tenant and no other, as row-level security shows them. */
  readonly ids: () => Promise<readonly string[]>;
  readonly signal: AbortSignal;
}

/** Says nothing but that there is something to read: what may be read is decided where it is read. */
async function* followRuns({ watch, ids, signal }: Following): AsyncGenerator<ServerEvent> {
  const watched = new Map<string, () => void>();
  let moved = true;
  let wake: () => void = () => undefined;
  const move = (): void => {
    moved = true;
    wake();
  };
  const lookForRuns = async (): Promise<void> => {
    for (const id of await ids()) {
      if (watched.has(id)) continue;
      watched.set(id, watch.onMove(id, move));
      moved = true;
    }
  };
  signal.addEventListener('abort', () => wake());
  try {
    while (!signal.aborted) {
      await lookForRuns();
      if (moved) {
        moved = false;
        yield { event: 'moved', data: null };
        continue;
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_EVERY_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    for (const stop of watched.values()) stop();
  }
}
