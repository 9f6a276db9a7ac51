import { z } from 'zod';
import { type Action, defineAction, isKnown, Secret } from '../../connectors/kit/index.ts';
import { ENCODINGS, fits, generateText } from '../generate-text.ts';
import { openSecret } from '../open-secret.ts';
import { sealSecret } from '../seal-secret.ts';
import {
  createsEntry,
  entryResource,
  inVault,
  labelSchema,
  ownerOf,
  refusedAs,
  secretRef,
  undoEntry,
  type VaultActionDeps,
} from './in-vault.ts';

const generateInput = z.strictObject({
  bytes: z.int().min(16).max(1024).default(32),
  encoding: z.enum(ENCODINGS).default('hex'),
  label: labelSchema.optional(),
});
const generateOutput = z.strictObject({ value: secretRef, entry: z.string() });

export type GenerateInput = z.infer<typeof generateInput>;
export type GenerateOutput = z.infer<typeof generateOutput>;

/** `vault.generate`: a webhook secret (PSEC-01), a first password, a token. */
export const generateAction = (deps: VaultActionDeps): Action<GenerateInput, GenerateOutput> =>
  defineAction<GenerateInput, GenerateOutput>({
    name: 'vault.generate',
    version: 1,
    summary: 'Makes a random secret and keeps it in the vault',
    delivery: 'idempotent',
    undoability: 'reversible',
    input: generateInput,
    output: generateOutput,
    plan: async (ctx, input) => ({
      changes: [createsEntry(isKnown(input) ? (input.label ?? ctx.step.id) : ctx.step.id)],
    }),
    async apply(ctx, input) {
      const name = input.label ?? ctx.step.id;
      const { ref, entryId } = await inVault(deps, ctx, (vault) =>
        sealSecret(vault, {
          tenantId: ctx.tenant?.id ?? null,
          label: name,
          secret: new Secret(generateText(input.bytes, input.encoding)),
          owner: ownerOf(ctx),
          key: ctx.key,
        }),
      );
      return { output: { value: ref, entry: ref.$secret }, resources: [entryResource(entryId, name)] };
    },
    async verify(ctx, input, { output }) {
      const expected = { bytes: input.bytes, encoding: input.encoding };
      const opened = await inVault(deps, ctx, (vault) =>
        openSecret(vault, output.value, { purpose: 'Prove that the entry opens and has the form asked for.' }),
      ).catch(refusedAs);
      const ok = opened instanceof Secret && fits(opened.reveal(), input.bytes, input.encoding);
      return { ok, expected, actual: ok ? expected : { found: String(opened) }, output };
    },
    undo: (ctx, resource) => undoEntry(deps, ctx, resource.externalId),
  });
