import { z } from 'zod';

/** What came of trying a connection of an environment. That it does not answer is a result like any other. */
export const connectionTestSchema = z.object({
  ok: z.boolean(),
  at: z.iso.datetime(),
  took_ms: z.int().nonnegative(),
  found: z.string().nullable().describe('What answered, in words; no secret and no credentials'),
  simulated: z.boolean().describe('A stand-in answered for the outside system'),
  fault: z
    .object({
      code: z.string().describe('Of the closed set of connectors, or config.invalid'),
      message: z.string(),
      next: z.string().nullable(),
    })
    .nullable(),
});

export type ConnectionTestView = z.infer<typeof connectionTestSchema>;
