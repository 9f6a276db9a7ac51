import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Replica, type StreamEvent } from './replica.ts';

const EPOCHS = ['e0', 'e1'] as const;
const TENANTS = ['a', 'b', 'c', 'd'] as const;
type Id = (typeof TENANTS)[number];
/** `undefined`: there is no such tenant. */
type Status = 'active' | 'suspended' | undefined;

/** The world: one change at each instant, its number the position. */
type World = readonly { readonly id: Id; readonly status: Status }[];

const stateAt = (world: World, id: Id, at: number): Status =>
  world.slice(0, at).findLast((change) => change.id === id)?.status;

const row = (world: World, id: Id, at: number): Record<string, unknown> => {
  const position = world.slice(0, at).findLastIndex((change) => change.id === id) + 1;
  const status = stateAt(world, id, at);
  return status === undefined
    ? { id, position, removed: true }
    : { id, position, plan: 'free', status, access_mode: null, closed: false, limits: {}, features: {} };
};

/** A stream as an honest server sends it: each look into the world comes some instants after the one before. */
function* streamOf(world: World, from: number | undefined, looks: readonly number[]): Generator<StreamEvent> {
  let at = Math.min(world.length, (from ?? 0) + (looks[0] ?? 0));
  let position = from ?? at;
  const begin = { schema: 'tenantry.guard/1', epoch: EPOCHS[0], mode: from === undefined ? 'snapshot' : 'resume' };
  yield { event: 'begin', data: { ...begin, position } };
  const asked = at;
  let told = 0;
  if (from === undefined) {
    // Pages are read one after the other, so the later ones know more.
    for (const ids of [TENANTS.slice(0, 2), TENANTS.slice(2)]) {
      const tenants = ids.map((id) => row(world, id, at)).filter((each) => each.removed !== true);
      told += tenants.length;
      yield { event: 'page', data: { tenants } };
      at = Math.min(world.length, at + (looks[1] ?? 0));
    }
  }
  yield { event: 'ready', data: { position, elapsed_ms: asked, tenants: told } };
  for (const step of looks) {
    at = Math.min(world.length, at + step);
    if (at > position) {
      const changed = new Set(world.slice(position, at).map(({ id }) => id));
      const tenants = [...changed].map((id) => row(world, id, at));
      yield { event: 'changes', data: { from: position, to: at, elapsed_ms: at, tenants } };
      position = at;
    }
    yield { event: 'beat', data: { position, elapsed_ms: at } };
  }
}

/** What a bad network, proxy or server may do to a stream. */
const harm = fc.array(fc.record({ kind: fc.constantFrom('drop', 'repeat', 'swap', 'garbage'), at: fc.nat(40) }), {
  maxLength: 4,
});

function harmed(
  events: StreamEvent[],
  harms: readonly { readonly kind: string; readonly at: number }[],
): StreamEvent[] {
  const out = [...events];
  for (const { kind, at } of harms) {
    const index = at % Math.max(1, out.length);
    const event = out[index];
    if (event === undefined) continue;
    if (kind === 'drop') out.splice(index, 1);
    else if (kind === 'repeat') out.splice(at % (out.length + 1), 0, event);
    else if (kind === 'swap') out.splice(index, 2, ...out.slice(index, index + 2).reverse());
    else out.splice(index, 0, { event: 'changes', data: { from: 'x', to: null, tenants: [{}] } });
  }
  return out;
}

const statusIn = (replica: Replica, id: Id): Status => {
  const found = replica.tenants.get(id);
  return found === undefined ? undefined : found.read.ok ? 'active' : 'suspended';
};

/** Each tenant is as it was when the replica says it was fresh, or as at some instant since. */
function expectTrueSince(happened: World, replica: Replica): void {
  const fresh = replica.freshAtMs;
  if (!Number.isFinite(fresh)) return;
  for (const id of TENANTS) {
    const known = statusIn(replica, id);
    let at = fresh;
    while (at <= happened.length && stateAt(happened, id, at) !== known) at += 1;
    if (at > happened.length) throw new Error(`${id} is ${known}, which it was never since ${fresh}`);
  }
}

const world = fc.array(
  fc.record({ id: fc.constantFrom(...TENANTS), status: fc.constantFrom<Status>('active', 'suspended', undefined) }),
  { minLength: 1, maxLength: 30 },
);
const looks = fc.array(fc.nat(5), { minLength: 2, maxLength: 8 });

describe('a replica', () => {
  it('LIFE-09: knows of each tenant what was true when it says it was fresh, or later, whatever a stream does', () => {
    fc.assert(
      fc.property(world, fc.array(fc.tuple(looks, harm), { minLength: 1, maxLength: 5 }), (happened, streams) => {
        const replica = new Replica();
        let resumable = false;
        for (const [steps, harms] of streams) {
          replica.open();
          const from = resumable && replica.lastEventId !== undefined ? replica.position : undefined;
          for (const event of harmed([...streamOf(happened, from, steps)], harms)) {
            // The clock of the test is the number of changes; every stream was asked for at 0.
            const verdict = replica.take(event, 0, Number.POSITIVE_INFINITY);
            expectTrueSince(happened, replica);
            if (verdict === 'resync') break;
          }
          resumable = true;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('is as the control plane is once a stream comes through whole', () => {
    fc.assert(
      fc.property(world, looks, harm, (happened, steps, harms) => {
        const replica = new Replica();
        replica.open();
        for (const event of harmed([...streamOf(happened, undefined, steps)], harms)) {
          if (replica.take(event, 0, 1_000) === 'resync') break;
        }
        replica.open();
        const from = replica.lastEventId === undefined ? undefined : replica.position;
        const all = [...streamOf(happened, from, [happened.length, happened.length])];
        expect(all.map((event) => replica.take(event, 0, 1_000))).not.toContain('resync');
        for (const id of TENANTS) expect(statusIn(replica, id)).toBe(stateAt(happened, id, happened.length));
        expect(replica.freshAtMs).toBe(happened.length);
      }),
      { numRuns: 500 },
    );
  });

  const begin = (more: object): StreamEvent => ({
    event: 'begin',
    data: { schema: 'tenantry.guard/1', epoch: 'e0', mode: 'snapshot', position: 5, beat_ms: 1, ...more },
  });
  const ready = (position: number, tenants = 0): StreamEvent => ({
    event: 'ready',
    data: { position, elapsed_ms: 1, tenants },
  });
  const known = (): Replica => {
    const replica = new Replica();
    for (const event of [begin({}), ready(5)]) expect(replica.take(event, 0, 10)).toBe('ok');
    replica.open();
    return replica;
  };

  it.each([
    ['a snapshot from before what it knows', begin({ position: 4 })],
    ['a stream that resumes elsewhere', begin({ mode: 'resume', position: 4 })],
    ['a stream of another epoch that resumes', begin({ mode: 'resume', epoch: 'e1' })],
    ['a stream in a language of later', begin({ schema: 'tenantry.guard/2' })],
    ['a stream that does not begin', { event: 'beat', data: { position: 5, elapsed_ms: 1 } }],
    ['an event without data', { event: 'begin', data: null }],
  ])('does not believe %s, and keeps what it has', (_what, event) => {
    const replica = known();
    expect(replica.take(event, 100, 200)).toBe('resync');
    expect(replica.position).toBe(5);
    expect(replica.freshAtMs).toBe(1);
    expect(replica.problem).toBeDefined();
  });

  it('takes a snapshot of another epoch, also one with a lower position: a restore begins one', () => {
    const replica = known();
    for (const event of [begin({ epoch: 'e1', position: 2 }), ready(2)])
      expect(replica.take(event, 100, 200)).toBe('ok');
    expect(replica.lastEventId).toBe('e1.2');
    expect(replica.freshAtMs).toBe(101);
  });

  it('does not take a tenant that an older control plane describes without saying whether it is closed', () => {
    const replica = known();
    replica.take(begin({ position: 6 }), 0, 0);
    const tenants = [{ id: 'a', position: 1, plan: 'free', status: 'active', limits: {}, features: {} }];
    expect(replica.take({ event: 'page', data: { tenants } }, 0, 0)).toBe('resync');
  });

  it('lets nobody in by a status it does not know, and passes over events it does not know', () => {
    const replica = new Replica();
    const tenant = { id: 'a', position: 1, plan: 'x', status: 'paused', closed: false, limits: {}, features: {} };
    for (const event of [
      begin({}),
      { event: 'weather', data: { sunny: true } },
      { event: 'page', data: { tenants: [tenant] } },
      ready(5, 1),
    ]) {
      expect(replica.take(event, 0, 1)).toBe('ok');
    }
    expect(replica.tenants.get('a')).toMatchObject({ read: { ok: false, code: 'tenant_unreadable' } });
  });

  it('never claims to be fresher than now, however long the stream says it was open', () => {
    const replica = new Replica();
    replica.take(begin({}), 0, 10);
    replica.take({ event: 'ready', data: { position: 5, elapsed_ms: 9_999, tenants: 0 } }, 0, 10);
    expect(replica.freshAtMs).toBe(10);
  });
});
