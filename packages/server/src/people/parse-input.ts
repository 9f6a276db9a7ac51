import { TenantryError } from '@tenantry/contract';
import type { z } from 'zod';

/** The input of a verb as its schema gives it. @throws request.invalid with a fault for each field */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: z.input<Schema>): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new TenantryError('request.invalid', 'The request has faults.', {
    faults: result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    next: 'Correct the fields named in the faults.',
  });
}
