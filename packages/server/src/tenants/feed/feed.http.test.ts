import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import {
  type GuardBeatView,
  type GuardBeginView,
  type GuardChangesView,
  type GuardPageView,
  type GuardReadyView,
  guardBeatSchema,
  guardBeginSchema,
  guardChangesSchema,
  guardPageSchema,
  guardReadySchema,
} from '@tenantry/contract';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { testPerson, testServer } from '../../http/testing/test-server.ts';
import { saveProduct } from '../../products/index.ts';
import { guardRoutes } from '../guard-routes.ts';
import { closeAccess, setStatus, watchFeed } from '../index.ts';
import { act, cutlistProfile, makeTenant, storeCutlist } from '../testing/registry.ts';

const test = await cloneDatabase();
const { database, connection, asSuperuser } = test;
const feed = watchFeed({ connection, database });
const KEY = 'tnt_guard';
let url: string;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  await storeCutlist(database);
});
afterAll(async () => {
  for (const close of closers) await close();
  await feed.close();
});

async function serving(scopes: Parameters<typeof testPerson>[1] = ['guard:read']): Promise<string> {
  const { server } = await testServer({ keys: { [KEY]: testPerson('p1', scopes) }, database });
  guardRoutes(server, { feed });
  await server.listen({ host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${(server.server.address() as AddressInfo).port}/api/v1/products/cutlist/guard/stream`;
}

type Seen =
  | { readonly event: 'begin'; readonly data: GuardBeginView }
  | { readonly event: 'page'; readonly data: GuardPageView }
  | { readonly event: 'ready'; readonly id: string; readonly data: GuardReadyView }
  | { readonly event: 'beat'; readonly id: string; readonly data: GuardBeatView }
  | { readonly event: 'changes'; readonly id: string; readonly data: GuardChangesView };

const SCHEMAS = {
  begin: guardBeginSchema,
  page: guardPageSchema,
  ready: guardReadySchema,
  beat: guardBeatSchema,
  changes: guardChangesSchema,
};

interface Stream {
  /** The next event of that name; those before it are passed over. */
  next<Name extends Seen['event']>(name: Name): Promise<Extract<Seen, { readonly event: Name }>>;
  all(): Promise<readonly Seen[]>;
}

async function open(query = '', lastEventId?: string): Promise<Stream> {
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const answer = await fetch(`${url}${query}`, {
    headers: { authorization: `Bearer ${KEY}`, ...(lastEventId && { 'last-event-id': lastEventId }) },
    signal: stopping.signal,
  });
  expect(answer.status).toBe(200);
  const events = parse(answer);
  return {
    next: async <Name extends Seen['event']>(name: Name) => {
      for (;;) {
        const { value, done } = await events.next();
        if (done === true) throw new Error(`the stream ended before ${name}`);
        if (value.event === name) return value as Extract<Seen, { readonly event: Name }>;
      }
    },
    all: async () => {
      const seen: Seen[] = [];
      for await (const event of events) seen.push(event);
      return seen;
    },
  };
}

async function* parse(answer: Response): AsyncGenerator<Seen> {
  let rest = '';
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    rest += chunk;
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const lines = rest.slice(0, end).split('\n');
      rest = rest.slice(end + 2);
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const event = field('event') as Seen['event'] | undefined;
      if (event === undefined) continue;
      yield { event, id: field('id') ?? '', data: SCHEMAS[event].parse(JSON.parse(field('data') ?? '')) } as Seen;
    }
  }
}

const suspend = (tenantId: string, accessMode: 'read-only' | 'blocked') =>
  act(database)((ctx) =>
    setStatus(ctx, { tenantId, status: 'suspended', accessMode, reason: 'a test', key: randomUUID() }),
  );

describe('200', () => {
  it('LIFE-07: begins with every tenant of the product, in pages, and what each may do', async () => {
    url = await serving();
    const { tenant } = await makeTenant(database, { status: 'active', plan: 'free' });
    const events = await (await open('?follow=false')).all();
    expect(events.map(({ event }) => event)).toEqual(['begin', 'page', 'ready', 'beat']);
    expect(events[0]?.data).toMatchObject({ mode: 'snapshot', beat_ms: 5_000, product: 'cutlist' });
    const tenants = events.flatMap((each) => (each.event === 'page' ? each.data.tenants : []));
    expect(tenants.find(({ id }) => id === tenant.id)).toMatchObject({
      plan: 'free',
      status: 'active',
      access_mode: null,
      closed: false,
      limits: { users: 5, projects: 10, api_calls_per_15min: 100 },
      features: { sso: false },
    });
  });

  it('LIFE-09, LIFE-34: tells a suspension, a closing and an end as they are committed', async () => {
    url = await serving();
    const { tenant } = await makeTenant(database, { status: 'active' });
    const stream = await open('?beat_ms=15000');
    await stream.next('ready');
    await suspend(tenant.id, 'read-only');
    const suspended = await stream.next('changes');
    expect(suspended.data.tenants).toMatchObject([{ id: tenant.id, status: 'suspended', access_mode: 'read-only' }]);
    await act(database)((ctx) => closeAccess(ctx, { tenant: tenant.id, reason: 'a test' }));
    expect((await stream.next('changes')).data.tenants).toMatchObject([{ id: tenant.id, closed: true }]);
    await asSuperuser('delete from tenantry.tenants where id = $1', [tenant.id]);
    const gone = await stream.next('changes');
    expect(gone.data).toMatchObject({ tenants: [{ id: tenant.id, removed: true }] });
    expect((await stream.next('beat')).data.position).toBe(gone.data.to);
  });

  it('goes on where the reader was, and tells no more than what changed since', async () => {
    url = await serving();
    const first = await open('?follow=false');
    const ready = await first.next('ready');
    const { tenant } = await makeTenant(database, { status: 'active' });
    await suspend(tenant.id, 'blocked');
    const again = await (await open('?follow=false', ready.id)).all();
    expect(again.map(({ event }) => event)).toEqual(['begin', 'ready', 'changes', 'beat']);
    expect(again[2]).toMatchObject({
      data: { from: ready.data.position, tenants: [{ id: tenant.id, status: 'suspended', access_mode: 'blocked' }] },
    });
  });

  it.each(['nonsense', `${randomUUID()}.1`, 'EPOCH.999999999', 'EPOCH.-1', 'EPOCH.1e3'])(
    'begins anew for a reader that was at %s: a place there never was',
    async (place) => {
      url = await serving();
      const [{ epoch } = { epoch: '' }] = await asSuperuser<{ epoch: string }>('select epoch from tenantry.guard_feed');
      const begin = await (await open('?follow=false', place.replace('EPOCH', epoch))).next('begin');
      expect(begin.data.mode).toBe('snapshot');
    },
  );

  it('ends the stream when a restore began another epoch, and the reader gets a snapshot', async () => {
    url = await serving();
    const stream = await open('?beat_ms=250');
    const { id } = await stream.next('ready');
    await asSuperuser('update tenantry.guard_feed set epoch = gen_random_uuid()');
    await expect(stream.all()).resolves.toBeDefined();
    expect((await (await open('?follow=false', id)).next('begin')).data.mode).toBe('snapshot');
  });

  it('PLAN-26: another limit of one tenant, and another plan table for all, are told', async () => {
    url = await serving();
    const { tenant } = await makeTenant(database, { status: 'active', plan: 'free' });
    const stream = await open('?beat_ms=15000');
    await stream.next('ready');
    const profile = cutlistProfile();
    const free = { ...profile.plans.free, limits: { ...profile.plans.free.limits, users: 7 } };
    await act(database)((ctx) => saveProduct(ctx, { ...profile, plans: { ...profile.plans, free } }));
    const { data } = await stream.next('changes');
    expect(data.tenants.find(({ id }) => id === tenant.id)).toMatchObject({ limits: { users: 7 } });
    await storeCutlist(database);
  });

  it('says by no beat that it is fresh while the database does not answer', async () => {
    url = await serving();
    const stream = await open('?beat_ms=250');
    await stream.next('beat');
    let beats = 0;
    let locked = true;
    const counting = (async () => {
      while (locked) {
        await stream.next('beat');
        beats += 1;
      }
    })();
    await database.transaction('owner', async (tx) => {
      await tx.query('lock table guard_feed in access exclusive mode');
      beats = 0;
      await tx.query('select pg_sleep(0.9)');
      // One may have been on its way; three would be due.
      expect(beats).toBeLessThanOrEqual(1);
      locked = false;
    });
    await counting;
  });
});

describe('positions', () => {
  it('LIFE-09: a change that began early and commits late gets the later position, so no reader has passed it', async () => {
    url = await serving();
    const slow = (await makeTenant(database, { status: 'active' })).tenant;
    const fast = (await makeTenant(database, { status: 'active' })).tenant;
    const stream = await open('?beat_ms=15000');
    await stream.next('ready');
    let commit: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let begun: () => void = () => undefined;
    const started = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const slowly = database.transaction('operator', async (tx) => {
      await tx.query(`update tenants set status = 'suspended', access_mode = 'blocked' where id = $1`, [slow.id]);
      begun();
      await held;
    });
    await started;
    await suspend(fast.id, 'blocked');
    expect((await stream.next('changes')).data.tenants.map(({ id }) => id)).toEqual([fast.id]);
    commit();
    await slowly;
    const late = await stream.next('changes');
    expect(late.data.tenants).toMatchObject([{ id: slow.id, status: 'suspended' }]);
    expect(late.data.from).toBeLessThan(late.data.to);
  });

  it('of many at once, each reader hears of every one exactly in the order of commits', async () => {
    url = await serving();
    const made = await Promise.all(Array.from({ length: 12 }, () => makeTenant(database, { status: 'active' })));
    const stream = await open('?beat_ms=15000');
    await stream.next('ready');
    await Promise.all(made.map(({ tenant }) => suspend(tenant.id, 'blocked')));
    const heard = new Set<string>();
    let at = 0;
    while (heard.size < made.length) {
      const { data } = await stream.next('changes');
      expect(data.from).toBeGreaterThanOrEqual(at);
      at = data.to;
      for (const { id, position } of data.tenants) {
        expect(position).toBeGreaterThan(data.from);
        heard.add(id);
      }
    }
    expect([...heard].sort()).toEqual(made.map(({ tenant }) => tenant.id).sort());
  });

  it('a new name wakes nobody, and a change taken back leaves no trace', async () => {
    const { tenant } = await makeTenant(database, { status: 'active' });
    const at = () => asSuperuser<{ position: string }>('select max(position) as position from tenantry.guard_changes');
    const before = await at();
    await asSuperuser(`update tenantry.tenants set name = 'Another' where id = $1`, [tenant.id]);
    await database
      .transaction('operator', async (tx) => {
        await tx.query(`update tenants set plan = 'free' where id = $1`, [tenant.id]);
        throw new Error('taken back');
      })
      .catch(() => undefined);
    expect(await at()).toEqual(before);
  });
});

describe('403', () => {
  it('is the answer to a key without the scope', async () => {
    url = await serving(['tenants:read']);
    const answer = await fetch(url, { headers: { authorization: `Bearer ${KEY}` } });
    expect(answer.status).toBe(403);
  });
});

describe('404', () => {
  it('is the answer for a product there is none of', async () => {
    url = (await serving()).replace('cutlist', 'nothing');
    const answer = await fetch(url, { headers: { authorization: `Bearer ${KEY}` } });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: 'product.not_found' });
  });
});
