/** The made-up outside system: three actions, one for each delivery, and a probe. Faults are asked for by name. */
import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import {
  type Applied,
  type Connector,
  connectorFault,
  defineAction,
  defineCheck,
  defineConnector,
  isKnown,
} from '../../connectors/kit/index.ts';
import type { Database } from '../../db/index.ts';

const input = z.strictObject({
  name: z.string(),
  /** `flaky`: fails once, then works. `broken`: always fails. `lost`: has its effect, then loses the answer once. */
  fault: z.enum(['none', 'flaky', 'broken', 'lost']).default('none'),
});
const output = z.strictObject({ id: z.string(), name: z.string() });
type Input = z.output<typeof input>;
type Output = z.output<typeof output>;

export function outsideConnector(database: Database): Connector {
  const met = new Set<string>();
  const first = (key: string): boolean => !met.has(key) && met.add(key) !== undefined;

  const insert = async (key: string, name: string, step: string): Promise<Output> =>
    database.transaction('worker', async (tx) => {
      const { rows } = await tx.query<{ id: string }>(
        'insert into outside (key, name, step) values ($1, $2, $3) returning id',
        [key, name, step],
      );
      return { id: String(rows[0]?.id), name };
    });
  const find = async (key: string): Promise<Output | undefined> =>
    database.transaction('worker', async (tx) => {
      const { rows } = await tx.query<{ id: string; name: string }>(
        'select id, name from outside where key = $1 and not gone order by id limit 1',
        [key],
      );
      const row = rows[0];
      return row === undefined ? undefined : { id: String(row.id), name: row.name };
    });
  const claim = (made: Output, step: string): Applied<Output> => ({
    output: made,
    resources: [{ kind: 'thing', externalId: made.id, name: made.name, claim: 'created', undo: { id: made.id, step } }],
  });
  const misbehave = (wanted: Input, key: string): void => {
    if (wanted.fault === 'broken')
      throw new TenantryError('connector.refused', 'the outside system refuses', { facts: { effect: 'none' } });
    if (wanted.fault === 'flaky' && first(key)) {
      throw connectorFault('connector.unreachable', 'is away', {
        system: 'outside',
        retry: { afterMs: 10 },
        effect: 'none',
      });
    }
  };
  const loseAnswer = (wanted: Input, key: string): void => {
    if (wanted.fault === 'lost' && first(`lost ${key}`)) {
      throw connectorFault('connector.timeout', 'did not answer', {
        system: 'outside',
        retry: { afterMs: 10 },
        effect: 'possible',
      });
    }
  };

  const action = (name: string, delivery: 'idempotent' | 'readback' | 'unknown') =>
    defineAction<Input, Output>({
      name,
      version: 1,
      summary: `Makes a thing (${delivery})`,
      delivery,
      undoability: 'reversible',
      input,
      output,
      plan: async (_ctx, wanted) => ({
        changes: [
          {
            verb: 'create',
            kind: 'thing',
            name: isKnown(wanted) && isKnown(wanted.name) ? wanted.name : String((wanted as { name: unknown }).name),
          },
        ],
      }),
      apply: async (ctx, wanted) => {
        misbehave(wanted, ctx.key);
        const known = delivery === 'idempotent' ? await find(ctx.key) : undefined;
        const made = known ?? (await insert(ctx.key, wanted.name, ctx.step.id));
        loseAnswer(wanted, ctx.key);
        return claim(made, ctx.step.id);
      },
      verify: async (ctx, wanted, applied) => {
        const actual = await find(ctx.key);
        return {
          ok: actual?.name === wanted.name,
          expected: { name: wanted.name },
          actual: actual ?? null,
          output: applied.output,
        };
      },
      undo: async (_ctx, resource) =>
        database.transaction('worker', async (tx) => {
          const { rowCount } = await tx.query('update outside set gone = true where id = $1 and not gone', [
            resource.externalId,
          ]);
          return { outcome: rowCount === 1 ? ('removed' as const) : ('absent' as const) };
        }),
      ...(delivery === 'unknown'
        ? {}
        : {
            find: async (ctx) => {
              const made = await find(ctx.key);
              return made === undefined ? undefined : claim(made, ctx.step.id);
            },
          }),
    });

  const probe = defineCheck({
    name: 'outside.probe',
    version: 1,
    summary: 'Counts things of a name',
    input: z.strictObject({ name: z.string() }),
    output: z.strictObject({ count: z.number() }),
    run: async (_ctx, wanted) =>
      database.transaction('worker', async (tx) => {
        const { rows } = await tx.query<{ count: string }>(
          'select count(*) from outside where name = $1 and not gone',
          [wanted.name],
        );
        return { count: Number(rows[0]?.count) };
      }),
  });

  return defineConnector({
    name: 'outside',
    actions: [
      action('outside.make', 'idempotent'),
      action('outside.note', 'readback'),
      action('outside.shout', 'unknown'),
    ],
    checks: [probe],
  });
}
