import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { listAudit } from '../audit/index.ts';
import { Secret, type SecretRef } from '../connectors/kit/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import {
  createRevealLink,
  findRevealLink,
  revokeEntry,
  sealSecret,
  shredTenantKeys,
  spendRevealLink,
  withdrawRevealLink,
} from './index.ts';
import { later, makeKeyring, personWith, vaultHarness } from './testing/fixtures.ts';

const { database, asSuperuser } = await cloneDatabase();
const vault = vaultHarness(database, makeKeyring());
const HOUR_MS = 3_600_000;

const sealed = async (tenantId: string | null = null): Promise<SecretRef> => {
  const { ref } = await vault.as((ctx) =>
    sealSecret(ctx, { tenantId, label: 'pw', secret: new Secret('swordfish'), owner: { kind: 'run', id: 'r' } }),
  );
  return ref;
};

const linkTo = (ref: SecretRef, expiresAt = later(HOUR_MS)) =>
  vault.as((ctx) => createRevealLink(ctx, { ref, forWhom: 'jane@client.example', expiresAt }));

const spend = (token: string, now?: Date) =>
  vault.as((ctx) => spendRevealLink(ctx, { token, openedBy: '203.0.113.7' }), now === undefined ? {} : { now });

describe('PSEC-08: a one-time link', () => {
  it('shows the secret once, and then says when it was opened', async () => {
    const { token, linkId, path } = await linkTo(await sealed());
    expect(path).toBe(`/reveal#${token}`);
    const { secret, label } = await spend(token);
    expect([secret.reveal(), label]).toEqual(['swordfish', 'pw']);
    await expect(spend(token)).rejects.toMatchObject({
      code: 'vault.link_spent',
      message: expect.stringContaining('opened at 2026-11-20T09:00:00.000Z'),
    });
    expect(await vault.as((ctx) => findRevealLink(ctx, linkId))).toMatchObject({ spentBy: '203.0.113.7' });
  });

  it('is won by one of many clicks at the same moment', async () => {
    const { token } = await linkTo(await sealed());
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => spend(token)));
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'vault.link_spent' });
    }
  });

  it('works until its time and not at it', async () => {
    const ref = await sealed();
    const [a, b] = [await linkTo(ref), await linkTo(ref)];
    expect((await spend(a.token, later(HOUR_MS - 1))).secret.reveal()).toBe('swordfish');
    await expect(spend(b.token, later(HOUR_MS))).rejects.toMatchObject({ code: 'vault.link_spent' });
  });

  it('ends when it is withdrawn, when its entry is revoked and when its tenant is erased', async () => {
    const tenantId = randomUUID();
    const [one, two, three] = [await sealed(), await sealed(), await sealed(tenantId)];
    const links = [await linkTo(one), await linkTo(two), await linkTo(three)];
    expect(await vault.as((ctx) => withdrawRevealLink(ctx, links[0]?.linkId ?? ''))).toBe(true);
    expect(await vault.as((ctx) => withdrawRevealLink(ctx, links[0]?.linkId ?? ''))).toBe(false);
    await vault.as((ctx) => revokeEntry(ctx, two, 'undone'));
    await vault.as((ctx) => shredTenantKeys(ctx, { tenantId, reason: 'erased' }));
    for (const { token } of links) {
      await expect(spend(token)).rejects.toMatchObject({
        code: 'vault.link_spent',
        message: expect.stringContaining('withdrawn'),
      });
    }
  });

  it('is not used up when the entry behind it cannot be opened', async () => {
    const { token, linkId } = await linkTo(await sealed());
    const damage = (bit: number) =>
      asSuperuser(`update tenantry.vault_entries set ciphertext = set_byte(ciphertext, 0, get_byte(ciphertext, 0) # ${bit})
                   where id = (select entry_id from tenantry.reveal_links where id = '${linkId}')`);
    await damage(1);
    await expect(spend(token)).rejects.toMatchObject({ code: 'vault.unreadable' });
    await damage(1);
    expect((await spend(token)).secret.reveal()).toBe('swordfish');
  });

  it('keeps its token nowhere but in the answer, and tells the audit log who made and who opened it', async () => {
    const { token, linkId } = await linkTo(await sealed());
    await spend(token);
    const stored = await asSuperuser(
      'select reveal_links::text as row from tenantry.reveal_links union all select audit_log::text from tenantry.audit_log',
    );
    expect(JSON.stringify(stored)).not.toContain(token);
    const { rows } = await vault.as((ctx) => listAudit(ctx, { action: 'vault.link_' }));
    expect(rows.filter((row) => row.subject.id === linkId)).toMatchObject([
      { action: 'vault.link_opened', detail: { openedBy: '203.0.113.7' } },
      { action: 'vault.link_created', detail: { forWhom: 'jane@client.example' } },
    ]);
  });

  it.each([0, -1, 31 * 24 * HOUR_MS])('does not live for %i ms', async (lifeMs) => {
    await expect(linkTo(await sealed(), later(lifeMs))).rejects.toMatchObject({ code: 'request.invalid' });
  });

  it('is made and withdrawn only by those who may reveal', async () => {
    const ref = await sealed();
    const { linkId } = await linkTo(ref);
    const actor = personWith('tenants:write');
    const make = vault.as((ctx) => createRevealLink(ctx, { ref, forWhom: 'x', expiresAt: later(1) }), { actor });
    await expect(make).rejects.toMatchObject({ code: 'access.forbidden' });
    const withdraw = vault.as((ctx) => withdrawRevealLink(ctx, linkId), { actor });
    await expect(withdraw).rejects.toMatchObject({ code: 'access.forbidden' });
  });

  it('says no more than "not valid" for a token that never was', async () => {
    await expect(spend('guess')).rejects.toMatchObject({
      code: 'vault.link_spent',
      message: expect.stringContaining('not valid'),
    });
  });
});
