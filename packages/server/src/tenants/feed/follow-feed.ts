import type {
  GuardBeatView,
  GuardBeginView,
  GuardChangesView,
  GuardPageView,
  GuardReadyView,
} from '@tenantry/contract';
import { GUARD_SCHEMA } from '@tenantry/contract';
import type { Database } from '../../db/index.ts';
import { type Changes, readChanges, readTenantPage } from './read-feed.ts';
import type { FeedWatch, SeenHead } from './watch-feed.ts';

export interface FollowInput {
  readonly productId: string;
  /** As `idOf` made it; anything else begins with a snapshot. */
  readonly lastEventId: string | undefined;
  readonly beatMs: number;
  /** False: what there is, and no more. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

interface Follow {
  readonly database: Database;
  readonly watch: FeedWatch;
}

type FeedEvent =
  | { readonly event: 'begin'; readonly data: GuardBeginView }
  | { readonly event: 'page'; readonly data: GuardPageView }
  | { readonly event: 'ready'; readonly id: string; readonly data: GuardReadyView }
  | { readonly event: 'beat'; readonly id: string; readonly data: GuardBeatView }
  | { readonly event: 'changes'; readonly id: string; readonly data: GuardChangesView };

const BATCH = 500;
/** After a database that did not answer. No beat is sent meanwhile: readers know then how old their answers are. */
const RETRY_MS = 250;

const idOf = (epoch: string, position: number): string => `${epoch}.${position}`;

/** Where a reader was, if that is a place in this epoch. */
function resumeAt(lastEventId: string | undefined, head: SeenHead): number | undefined {
  const [epoch, position = ''] = lastEventId?.split('.') ?? [];
  if (epoch !== head.epoch || !/^\d{1,15}$/.test(position)) return undefined;
  return Number(position) <= head.position ? Number(position) : undefined;
}

/**
 * Everything a guard has to know of the tenants of a product, as it becomes so. Ends when the reader leaves, or when a
 * restore began another epoch: the reader comes back and gets a snapshot.
 *
 * @throws database.unavailable before the first event only
 */
export async function* followFeed({ database, watch }: Follow, input: FollowInput): AsyncGenerator<FeedEvent> {
  const { productId, beatMs, signal } = input;
  const openedAtMs = performance.now();
  const first = await watch.head(0);
  const { epoch } = first;
  const resumed = resumeAt(input.lastEventId, first);
  const elapsed = ({ askedAtMs }: SeenHead): number => Math.max(0, askedAtMs - openedAtMs);
  let position = resumed ?? first.position;
  const mode = resumed === undefined ? 'snapshot' : 'resume';
  yield {
    event: 'begin',
    data: { schema: GUARD_SCHEMA, product: productId, epoch, mode, position, beat_ms: beatMs },
  };
  const tenants = mode === 'snapshot' ? yield* pages(database, productId, signal) : 0;
  yield { event: 'ready', id: idOf(epoch, position), data: { position, elapsed_ms: elapsed(first), tenants } };
  while (!signal.aborted) {
    const turn = await look(database, watch, { productId, after: position, maxAgeMs: beatMs / 4 });
    if (turn === undefined) {
      await watch.move(RETRY_MS, signal);
      continue;
    }
    const { head, changes } = turn;
    if (head.epoch !== epoch) return;
    if (changes !== undefined) {
      const data = { from: position, to: changes.to, elapsed_ms: elapsed(head), tenants: [...changes.tenants] };
      position = changes.to;
      yield { event: 'changes', id: idOf(epoch, position), data };
      if (position < head.position) continue;
    }
    yield { event: 'beat', id: idOf(epoch, position), data: { position, elapsed_ms: elapsed(head) } };
    if (!input.follow) return;
    await watch.move(beatMs, signal);
  }
}

/** How many there were. */
async function* pages(database: Database, productId: string, signal: AbortSignal): AsyncGenerator<FeedEvent, number> {
  let after: string | undefined;
  let told = 0;
  while (!signal.aborted) {
    const tenants = await database.transaction('operator', (tx) => readTenantPage(tx, productId, after, BATCH));
    told += tenants.length;
    if (tenants.length > 0) yield { event: 'page', data: { tenants: [...tenants] } };
    if (tenants.length < BATCH) return told;
    after = tenants.at(-1)?.id;
  }
  return told;
}

interface Turn {
  readonly head: SeenHead;
  readonly changes: Changes | undefined;
}

/** Undefined when the database did not answer. */
async function look(
  database: Database,
  watch: FeedWatch,
  { productId, after, maxAgeMs }: { readonly productId: string; readonly after: number; readonly maxAgeMs: number },
): Promise<Turn | undefined> {
  try {
    const head = await watch.head(maxAgeMs);
    if (head.position <= after) return { head, changes: undefined };
    const changes = await database.transaction('operator', (tx) => readChanges(tx, productId, after, BATCH));
    return { head, changes };
  } catch {
    return undefined;
  }
}
