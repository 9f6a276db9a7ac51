import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type ActionContext, isSecretRef, Secret, type SecretRef } from '../connectors/kit/index.ts';
import { testContext } from '../connectors/kit/testing/context.ts';
import { type ActionWorld, describeAction } from '../connectors/kit/testing/contract-suite.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { type GenerateInput, type GenerateOutput, generateAction } from './actions/generate.ts';
import { recordAction } from './actions/record.ts';
import { shareAction } from './actions/share.ts';
import { openRecord, openSecret, spendRevealLink, vaultActions } from './index.ts';
import { makeKeyring, vaultHarness } from './testing/fixtures.ts';

const { database, asSuperuser } = await cloneDatabase();
const keyring = makeKeyring();
const vault = vaultHarness(database, keyring);
const deps = { database, keyring, publicUrl: 'https://tenantry.example/' };
const [generate, record, share] = [generateAction(deps), recordAction(deps), shareAction(deps)];

const context = (options: Parameters<typeof testContext>[0] = {}): ActionContext =>
  testContext({
    tenant: { id: randomUUID(), slug: 'acme' },
    contacts: { client_admin: 'jane@client.example' },
    ...options,
  });

const reveal = async (ref: SecretRef): Promise<string> =>
  (await vault.as((ctx) => openSecret(ctx, ref, { purpose: 'a test' }))).reveal();
const living = () =>
  asSuperuser(
    `select id, ciphertext from tenantry.vault_entries where revoked_at is null
     union all select id, token_hash from tenantry.reveal_links where withdrawn_at is null order by id`,
  );
const flipBit = (entryId: string | undefined) =>
  asSuperuser(
    'update tenantry.vault_entries set ciphertext = set_byte(ciphertext, 0, get_byte(ciphertext, 0) # 1) where id = $1',
    [entryId],
  );

const CANARY = new Secret(`canary-${randomUUID()}`);
const CREDENTIALS = {
  title: 'NextDoor Market',
  username: 'nextdoor_admin',
  email: 'jane@nextdoor.example',
  password: CANARY,
  login_url: 'https://id.example/',
  admin_url: 'https://id.example/admin',
};
const SHARED = { secret: CANARY, to: 'client_admin', expires: '72h' };

const world =
  <Input, Output>(
    input: ActionWorld<Input, Output>['input'],
    tamper: ActionWorld<Input, Output>['tamper'],
  ): (() => Promise<ActionWorld<Input, Output>>) =>
  async () => {
    const own = randomUUID();
    const tenant = { id: randomUUID(), slug: 'acme' };
    return {
      context: (key = own) => testContext({ key, tenant, contacts: { client_admin: 'jane@client.example' } }),
      snapshot: living,
      canary: CANARY,
      input,
      tamper,
      fault: async () => testContext(),
      [Symbol.asyncDispose]: async () => undefined,
    };
  };

const NO_OTHER_SIDE = 'the vault is our own database, whose faults are of the database';
const cannotOccur = {
  timeout: NO_OTHER_SIDE,
  throttled: NO_OTHER_SIDE,
  server_error: NO_OTHER_SIDE,
  malformed: NO_OTHER_SIDE,
  unreachable: NO_OTHER_SIDE,
};

describeAction(generate, {
  open: world<GenerateInput, GenerateOutput>({ bytes: 32, encoding: 'hex' }, async ({ resources }) => {
    await flipBit(resources[0]?.externalId);
  }),
  delivery: 'idempotent',
  adopts: false,
  badInputs: {
    'too few bytes': { bytes: 15 },
    'an unknown encoding': { encoding: 'rot13' },
    'a misspelt field': { byte: 32 },
  },
  cannotOccur,
});

describeAction(record, {
  open: world(CREDENTIALS, async ({ resources }) => {
    await flipBit(resources[0]?.externalId);
  }),
  delivery: 'idempotent',
  adopts: false,
  badInputs: {
    'a password in plain text': { ...CREDENTIALS, password: 'hunter2' },
    'an address that is none': { ...CREDENTIALS, email: 'jane' },
  },
  cannotOccur,
});

describeAction(share, {
  open: world(SHARED, async ({ resources }) => {
    await asSuperuser('update tenantry.reveal_links set withdrawn_at = now() where id = $1', [
      resources[0]?.externalId,
    ]);
  }),
  delivery: 'idempotent',
  adopts: false,
  badInputs: {
    'a secret in plain text': { ...SHARED, secret: 'hunter2' },
    'a time without end': { ...SHARED, expires: 'never' },
  },
  cannotOccur,
});

it('the connector carries the three actions', () => {
  expect(vaultActions(deps).actions.map(({ name }) => name)).toEqual(['vault.generate', 'vault.record', 'vault.share']);
});

describe('what the actions make', () => {
  it('PSEC-01: vault.generate keeps 64 hex digits behind its reference', async () => {
    const { output } = await generate.apply(context(), { bytes: 32, encoding: 'hex' });
    expect(isSecretRef(output.value)).toBe(true);
    expect(await reveal(output.value)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('PADM-07: vault.record keeps six fields', async () => {
    const { output } = await record.apply(context(), CREDENTIALS);
    const kept = await vault.as((ctx) => openRecord(ctx, output.password, { purpose: 'a test' }));
    expect(kept).toEqual({
      organization: 'NextDoor Market',
      username: 'nextdoor_admin',
      email: 'jane@nextdoor.example',
      password: kept.password,
      loginUrl: 'https://id.example/',
      adminUrl: 'https://id.example/admin',
    });
    expect(kept.password.reveal()).toBe(CANARY.reveal());
  });

  it('PSEC-08: the link of vault.share shows the secret once; undone after that, it says what to change', async () => {
    const ctx = context();
    const { output, resources } = await share.apply(ctx, SHARED);
    const url = await reveal(output.url);
    expect(url).toMatch(/^https:\/\/tenantry\.example\/reveal#[\w-]{43}$/);
    expect(output).toMatchObject({ for: 'jane@client.example', expires_at: '2026-11-23T09:00:00.000Z' });
    const token = new URL(url).hash.slice(1);
    const shown = await vault.as((one) => spendRevealLink(one, { token, openedBy: 'a test' }));
    expect(shown.secret.reveal()).toBe(CANARY.reveal());
    for (const resource of resources) {
      expect(await share.undo(ctx, resource)).toMatchObject({
        outcome: 'left',
        note: expect.stringContaining('change'),
      });
    }
  });

  it('vault.share refuses a role without a contact and makes nothing', async () => {
    const before = await living();
    await expect(share.apply(context({ contacts: {} }), SHARED)).rejects.toMatchObject({ code: 'request.invalid' });
    expect(await living()).toEqual(before);
  });

  it('vault.share tried by two at once makes one link', async () => {
    const ctx = context();
    const tries = await Promise.allSettled([1, 2].map(() => share.apply(ctx, SHARED)));
    const made = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value.output] : []));
    const again = await share.apply(ctx, SHARED);
    expect(made.length).toBeGreaterThan(0);
    for (const output of made) expect(output).toEqual(again.output);
  });
});
