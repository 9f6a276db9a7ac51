import { isTenantryError } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { Secret, Unknown } from '../kit/index.ts';
import { testContext } from '../kit/testing/context.ts';
import { type ActionWorld, describeAction } from '../kit/testing/contract-suite.ts';
import { disposables } from '../kit/testing/disposables.ts';
import { requestAction, requestOnceAction } from './request.ts';
import { answer, faultyApi, itemShop, webServer } from './testing/web-servers.ts';

const canary = new Secret('canary "7f3e" & co');
const KEY = 'run/item/1';
const settings = { headers: { authorization: canary }, allow_private: true };

const input = requestAction.input.parse({
  connection: 'api',
  method: 'POST',
  url: '/items',
  headers: { 'x-token': canary },
  body: { name: 'saw', password: canary },
  outputs: { id: 'id' },
  read_back: { url: '/items/{id}', contains: { name: 'saw' } },
  compensate: { method: 'DELETE', url: '/items/{id}' },
});

type World = ActionWorld<typeof input, Awaited<ReturnType<typeof requestAction.apply>>['output']>;

const badInputs = {
  'a method it does not know': { ...input, method: 'BREW' },
  'a step that says nothing of how it is taken back': { ...input, compensate: undefined },
  'a status that is text': { ...input, statuses: ['ok'] },
};

async function openShop(): Promise<World> {
  const stack = disposables();
  const shop = itemShop();
  const server = stack.use(await webServer(shop.listener));
  return {
    input,
    canary,
    context: (key = KEY) => testContext({ key, connections: { 'http/api': { ...settings, base_url: server.url } } }),
    snapshot: async () => structuredClone(shop.items),
    tamper: async () => {
      for (const item of shop.items) item.name = 'axe';
    },
    fault: (name) => faultyApi(name, settings, KEY, stack),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describeAction(requestAction, { delivery: 'idempotent', adopts: false, badInputs, open: openShop });
describeAction(requestOnceAction, { delivery: 'unknown', adopts: false, badInputs, open: openShop });

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (error: unknown) => error,
  );
const codeOf = (error: unknown): string => (isTenantryError(error) ? error.code : String(error));
const contextOn = (base_url: string) =>
  testContext({ key: KEY, connections: { 'http/api': { ...settings, base_url } } });

describe('http.request', () => {
  it('waits as long as a throttling server asks', async () => {
    await using stack = disposables();
    const ctx = await faultyApi('throttled', settings, KEY, stack);
    expect(await failure(requestAction.apply(ctx, input))).toMatchObject({
      code: 'connector.throttled',
      retry: { afterMs: 7_000 },
    });
  });

  it.each([
    [401, 'connector.unauthorized'],
    [403, 'connector.unauthorized'],
    [404, 'connector.not_found'],
    [409, 'connector.conflict'],
    [422, 'connector.refused'],
    [302, 'connector.refused'],
  ])('a status %i becomes %s and is never repeated', async (status, code) => {
    await using server = await webServer((_request, response) => answer(response, status, {}));
    const error = await failure(requestAction.apply(contextOn(server.url), input));
    expect(error).toMatchObject({ code, retry: 'never', facts: { effect: 'none' } });
  });

  it('what a client typed cannot leave its place in the address that takes it back', async () => {
    await using server = await webServer((_request, response) => answer(response, 200, { id: '../admin?all=1' }));
    const { resources } = await requestAction.apply(contextOn(server.url), input);
    expect(resources[0]?.undo.request).toEqual({ method: 'DELETE', url: '/items/..%2Fadmin%3Fall%3D1' });
  });

  it('an answer without the promised output is a fault that may have taken effect', async () => {
    await using server = await webServer((_request, response) => answer(response, 200, 'done'));
    const error = await failure(requestOnceAction.apply(contextOn(server.url), input));
    expect(error).toMatchObject({ code: 'connector.malformed', retry: 'never', facts: { effect: 'possible' } });
  });

  it('credentials of a connection never go to another origin', async () => {
    const seen: unknown[] = [];
    await using other = await webServer((request, response) => {
      seen.push(request.headers);
      answer(response, 200, {});
    });
    const error = await failure(
      requestAction.apply(contextOn('http://127.0.0.1:1'), { ...input, url: `${other.url}/items` }),
    );
    expect(codeOf(error)).toBe('runbook.invalid');
    expect(seen).toEqual([]);
  });

  it('a step that declares nothing to take it back leaves what it did', async () => {
    await using world = await openShop();
    const { resources } = await requestAction.apply(world.context(), { ...input, compensate: 'none' });
    expect(resources[0] && (await requestAction.undo(world.context(), resources[0]))).toMatchObject({
      outcome: 'left',
    });
    expect(await world.snapshot()).toHaveLength(1);
  });

  it('a plan shows method and path, and says what is not known yet', async () => {
    const ctx = contextOn('https://api.example.com/v1');
    expect((await requestAction.plan(ctx, { ...input, url: '/items?token=abc' })).changes[0]?.name).toBe(
      'POST https://api.example.com/v1/items',
    );
    const unknown = { ...input, url: new Unknown('steps.a.output.url') };
    expect((await requestAction.plan(ctx, unknown)).changes[0]?.name).toBe('POST (known after apply)');
  });
});
