import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import {
  type Action,
  type ActionContext,
  type Applied,
  defineAction,
  isKnown,
  type ResourceClaim,
  Secret,
  secret,
  type Undone,
} from '../../connectors/kit/index.ts';
import { toRef } from '../entries.ts';
import { createRevealLink, findLinkByKey, findRevealLink, withdrawRevealLink } from '../reveal-links.ts';
import { revokeEntry } from '../revoke-entry.ts';
import { findEntryByKey, LABEL_MAX, sealSecret } from '../seal-secret.ts';
import type { VaultCtx } from '../types.ts';
import { inVault, ownerOf, secretRef, type VaultActionDeps } from './in-vault.ts';

const shareInput = z.strictObject({
  secret: secret(),
  to: z.string().min(1),
  expires: z
    .string()
    .regex(/^[1-9]\d{0,2}[hd]$/, 'expects hours or days, such as 72h or 3d')
    .default('72h'),
});
const shareOutput = z.strictObject({ url: secretRef, link: z.string(), for: z.string(), expires_at: z.iso.datetime() });

type ShareInput = z.infer<typeof shareInput>;
type ShareOutput = z.infer<typeof shareOutput>;

const HOUR_MS = 3_600_000;
const durationMs = (text: string): number => Number.parseInt(text, 10) * (text.endsWith('d') ? 24 : 1) * HOUR_MS;

/**
 * `vault.share`: a link that shows a secret once (PSEC-08). The link is as good as the secret while it lives, so it
 * is answered as a vault reference, for the step that sends it.
 */
export const shareAction = (deps: VaultActionDeps): Action<ShareInput, ShareOutput> =>
  defineAction<ShareInput, ShareOutput>({
    name: 'vault.share',
    version: 1,
    summary: 'Makes a link that shows a secret to one person, once',
    delivery: 'idempotent',
    undoability: 'compensates',
    input: shareInput,
    output: shareOutput,
    async plan(ctx, input) {
      const to = isKnown(input) && isKnown(input.to) ? contactOf(ctx, input.to) : '(known after apply)';
      return { changes: [{ verb: 'create', kind: 'one-time link', name: `for ${to}` }] };
    },
    apply: (ctx, input) => inVault(deps, ctx, (vault) => shareOnce(deps, ctx, vault, input)),
    async verify(ctx, _input, { output }) {
      const state = await inVault(deps, ctx, (vault) => findRevealLink(vault, output.link));
      const ok = state !== undefined && state.withdrawnAt === undefined && state.forWhom === output.for;
      const actual = { for: state?.forWhom ?? null, withdrawn: state?.withdrawnAt !== undefined };
      return { ok, expected: { for: output.for, withdrawn: false }, actual, output };
    },
    undo: (ctx, resource) => inVault(deps, ctx, (vault) => unshare(vault, resource)),
  });

/** All in one transaction under the step's key: there is one link or none, however often this is tried. */
async function shareOnce(
  deps: VaultActionDeps,
  ctx: ActionContext,
  vault: VaultCtx,
  input: ShareInput,
): Promise<Applied<ShareOutput>> {
  const forWhom = contactOf(ctx, input.to);
  const placement = { tenantId: ctx.tenant?.id ?? null, owner: ownerOf(ctx) };
  const made = await findLinkByKey(vault, ctx.key);
  const expiresAt = made?.expiresAt ?? new Date(ctx.now.getTime() + durationMs(input.expires));
  if (made !== undefined) {
    const [copy, url] = await Promise.all([
      findEntryByKey(vault, `${ctx.key}/copy`),
      findEntryByKey(vault, `${ctx.key}/url`),
    ]);
    return applied({ linkId: made.linkId, forWhom: made.forWhom, expiresAt, copy, url });
  }
  const copy = await sealSecret(vault, {
    ...placement,
    label: `Copy for the one-time link to ${forWhom}`.slice(0, LABEL_MAX),
    secret: input.secret,
    expiresAt,
    key: `${ctx.key}/copy`,
  });
  const link = await createRevealLink(vault, { ref: copy.ref, forWhom, expiresAt, key: ctx.key });
  const url = await sealSecret(vault, {
    ...placement,
    kind: 'link',
    label: `One-time link for ${forWhom}`.slice(0, LABEL_MAX),
    secret: new Secret(`${deps.publicUrl.replace(/\/$/, '')}${link.path}`),
    expiresAt,
    key: `${ctx.key}/url`,
  });
  return applied({ linkId: link.linkId, forWhom, expiresAt, copy: copy.entryId, url: url.entryId });
}

interface Shared {
  readonly linkId: string;
  readonly forWhom: string;
  readonly expiresAt: Date;
  /** Entries made for the link: what it shows, and its own address. */
  readonly copy: string | undefined;
  readonly url: string | undefined;
}

function applied({ linkId, forWhom, expiresAt, copy, url }: Shared): Applied<ShareOutput> {
  if (copy === undefined || url === undefined) {
    throw new TenantryError(
      'vault.not_found',
      'The link was made by an earlier attempt, but its address has been wiped.',
      {
        next: 'Roll the step back and let it make a new link.',
      },
    );
  }
  return {
    output: { url: toRef(url), link: linkId, for: forWhom, expires_at: expiresAt.toISOString() },
    resources: [
      { kind: 'reveal_link', externalId: linkId, name: `for ${forWhom}`, claim: 'created', undo: { copy, url } },
    ],
  };
}

const undoFacts = z.object({ copy: z.uuid(), url: z.uuid() });

async function unshare(vault: VaultCtx, resource: ResourceClaim): Promise<Undone> {
  const state = await findRevealLink(vault, resource.externalId);
  const { copy, url } = undoFacts.parse(resource.undo);
  const withdrawn = await withdrawRevealLink(vault, resource.externalId);
  for (const entryId of [copy, url]) await revokeEntry(vault, toRef(entryId), 'The run was rolled back.');
  if (state?.spentAt !== undefined) {
    return {
      outcome: 'left',
      note: `The link was opened at ${state.spentAt.toISOString()}; change the secret it showed.`,
    };
  }
  return { outcome: withdrawn ? 'removed' : 'absent' };
}

function contactOf(ctx: ActionContext, role: string): string {
  const address = ctx.contacts[role];
  if (address !== undefined) return address;
  throw new TenantryError('request.invalid', `The role "${role}" has no contact, so nobody can be sent the link.`, {
    next: 'Name a contact for the role in the intake.',
  });
}
