/** One-time links on the wire, `/api/v1/reveal`. */
import { z } from 'zod';

export const revealRequestSchema = z.strictObject({
  token: z.string().min(1).max(200).describe('What stands after # in the address of the link'),
});

/** What a one-time link shows, once. */
export const revealedSchema = z.object({
  label: z.string(),
  secret: z.string(),
  record: z
    .object({
      organization: z.string(),
      username: z.string(),
      email: z.string(),
      login_url: z.string(),
      admin_url: z.string().nullable(),
    })
    .nullable()
    .describe('What belongs to the secret, where it is the password of an account'),
});

export type RevealedView = z.infer<typeof revealedSchema>;
