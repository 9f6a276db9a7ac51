import { z } from 'zod';
import { type Action, defineAction, isKnown, secret } from '../../connectors/kit/index.ts';
import { openRecord } from '../open-secret.ts';
import { sealRecord } from '../seal-secret.ts';
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

const recordInput = z.strictObject({
  title: labelSchema,
  username: z.string().min(1),
  email: z.email(),
  password: secret(),
  login_url: z.url(),
  admin_url: z.url().optional(),
});
const recordOutput = z.strictObject({ entry: z.string(), password: secretRef });

type RecordStepInput = z.infer<typeof recordInput>;
type RecordOutput = z.infer<typeof recordOutput>;

/** `vault.record`: credentials with their six fields (PADM-07). */
export const recordAction = (deps: VaultActionDeps): Action<RecordStepInput, RecordOutput> =>
  defineAction<RecordStepInput, RecordOutput>({
    name: 'vault.record',
    version: 1,
    summary: 'Records credentials with organization, user name, e-mail, password and addresses',
    delivery: 'idempotent',
    undoability: 'reversible',
    input: recordInput,
    output: recordOutput,
    plan: async (ctx, input) => ({ changes: [createsEntry(isKnown(input) ? input.title : ctx.step.id)] }),
    async apply(ctx, input) {
      const { ref, entryId } = await inVault(deps, ctx, (vault) =>
        sealRecord(vault, {
          tenantId: ctx.tenant?.id ?? null,
          label: input.title,
          owner: ownerOf(ctx),
          key: ctx.key,
          record: {
            organization: input.title,
            username: input.username,
            email: input.email,
            password: input.password,
            loginUrl: input.login_url,
            adminUrl: input.admin_url,
          },
        }),
      );
      return { output: { entry: ref.$secret, password: ref }, resources: [entryResource(entryId, input.title)] };
    },
    async verify(ctx, input, { output }) {
      const found = await inVault(deps, ctx, (vault) =>
        openRecord(vault, output.password, { purpose: 'Prove that the record holds what was recorded.' }),
      ).catch(refusedAs);
      const expected = {
        username: input.username,
        email: input.email,
        login_url: input.login_url,
        password: 'as given',
      };
      const actual =
        typeof found === 'string'
          ? { found }
          : {
              username: found.username,
              email: found.email,
              login_url: found.loginUrl,
              password: found.password.reveal() === input.password.reveal() ? 'as given' : 'another',
            };
      return { ok: JSON.stringify(actual) === JSON.stringify(expected), expected, actual, output };
    },
    undo: (ctx, resource) => undoEntry(deps, ctx, resource.externalId),
  });
