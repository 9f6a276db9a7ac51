/**
 * An outside system that outlives every process: each thing it made is a file, so that a second effect of one call
 * can be seen. `make` takes our key (idempotent), `note` can be asked (readback), `shout` neither (unknown).
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  connectorFault,
  defineAction,
  defineCheck,
  defineConnector,
  isKnown,
} from '../../packages/server/dist/connectors/kit/index.js';

/** @typedef {import('../../packages/server/dist/connectors/kit/index.js').ActionContext} ActionContext */
/** @typedef {{ id: string, key: string, name: string }} Thing */

const LATCH_POLL_MS = 20;

/** @param {string} key */
const markOf = (key) => `.${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;

const input = z.strictObject({
  name: z.string(),
  /** A name: the call says `NAME.entered` and goes on when there is a file `NAME.open`. */
  latch: z.string().default(''),
  /** `flaky`: refuses once, then works. `broken`: always refuses. */
  fault: z.enum(['none', 'flaky', 'broken']).default('none'),
});
const output = z.strictObject({ id: z.string(), name: z.string() });

/** @param {string} directory */
export function openOutside(directory) {
  const [effects, gone] = [join(directory, 'effects'), join(directory, 'gone')];
  for (const folder of [effects, gone]) mkdirSync(folder, { recursive: true });
  /** @param {(id: string) => boolean} isWanted */
  const read = (isWanted) =>
    readdirSync(effects).flatMap((id) => (isWanted(id) ? (readThing(join(effects, id)) ?? []) : []));
  return {
    /**
     * Everything that stands under names that begin so.
     *
     * @param {string} name
     */
    things: (name) => read((id) => id.startsWith(name)),
    /** @param {string} key */
    find: (key) => read((id) => id.includes(markOf(key)))[0],
    /**
     * @param {string} key
     * @param {string} name
     * @param {boolean} once the key makes the call single, whoever comes second
     * @returns {Thing}
     */
    make(key, name, once) {
      const id = `${name}${markOf(key)}`;
      const thing = { id: once ? id : `${id}-${randomUUID()}`, key, name };
      // A key is remembered beyond what it made, as such systems do: the call of a worker that slept through everything,
      // the removal included, makes nothing anew.
      if (once && existsSync(join(gone, thing.id))) return thing;
      // Linked when it is whole: a reader never sees half a thing, and of two with one id the second is refused.
      const draft = join(directory, `draft-${randomUUID()}`);
      writeFileSync(draft, JSON.stringify(thing));
      try {
        linkSync(draft, join(effects, thing.id));
      } catch (error) {
        if (!once || !isCode(error, 'EEXIST')) throw error;
      } finally {
        unlinkSync(draft);
      }
      return thing;
    },
    /** @param {string} id */
    remove(id) {
      try {
        renameSync(join(effects, id), join(gone, id));
        return true;
      } catch (error) {
        if (isCode(error, 'ENOENT')) return false;
        throw error;
      }
    },
    /**
     * @param {string} key
     * @param {'none' | 'flaky' | 'broken'} fault
     */
    misbehave(key, fault) {
      const mark = join(directory, `refused${markOf(key)}`);
      if (fault === 'none' || (fault === 'flaky' && existsSync(mark))) return;
      writeFileSync(mark, '');
      throw connectorFault('connector.refused', 'does not feel like it', {
        system: 'outside',
        retry: fault === 'flaky' ? { afterMs: 10 } : 'never',
        effect: 'none',
      });
    },
    /**
     * @param {string} latch
     * @param {AbortSignal} signal
     */
    async pass(latch, signal) {
      if (latch === '') return;
      appendFileSync(join(directory, `${latch}.entered`), `${process.pid}\n`);
      while (!existsSync(join(directory, `${latch}.open`))) await sleep(LATCH_POLL_MS, undefined, { signal });
    },
    /** @param {string} latch */
    open: (latch) => writeFileSync(join(directory, `${latch}.open`), ''),
    /**
     * Process ids of those that came to the latch, in order.
     *
     * @param {string} latch
     */
    entered(latch) {
      const path = join(directory, `${latch}.entered`);
      return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').map(Number) : [];
    },
  };
}

/**
 * Undefined when it was removed since the folder was read.
 *
 * @param {string} path
 * @returns {Thing | undefined}
 */
function readThing(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** @param {ReturnType<typeof openOutside>} outside */
export function outsideConnector(outside) {
  /** @param {Thing} thing */
  const claim = (thing) => ({
    output: { id: thing.id, name: thing.name },
    resources: [
      { kind: 'thing', externalId: thing.id, name: thing.name, claim: /** @type {const} */ ('created'), undo: {} },
    ],
  });
  /**
   * @param {string} name
   * @param {'idempotent' | 'readback' | 'unknown'} delivery
   */
  const action = (name, delivery) =>
    defineAction({
      name,
      version: 1,
      summary: `Makes a thing (${delivery})`,
      delivery,
      undoability: 'reversible',
      input,
      output,
      plan: async (_ctx, wanted) => ({
        changes: [{ verb: 'create', kind: 'thing', name: isKnown(wanted) ? String(wanted.name) : 'a thing' }],
      }),
      apply: async (ctx, wanted) => {
        await outside.pass(wanted.latch, ctx.signal);
        outside.misbehave(ctx.key, wanted.fault);
        return claim(outside.make(ctx.key, wanted.name, delivery === 'idempotent'));
      },
      verify: async (ctx, wanted, applied) => {
        const actual = outside.find(ctx.key);
        return {
          ok: actual?.name === wanted.name,
          expected: { name: wanted.name },
          actual: actual ?? null,
          output: applied.output,
        };
      },
      undo: async (_ctx, resource) => ({ outcome: outside.remove(resource.externalId) ? 'removed' : 'absent' }),
      ...(delivery === 'unknown'
        ? {}
        : {
            find: async (/** @type {ActionContext} */ ctx) => {
              const thing = outside.find(ctx.key);
              return thing === undefined ? undefined : claim(thing);
            },
          }),
    });
  return defineConnector({
    name: 'outside',
    actions: [
      action('outside.make', 'idempotent'),
      action('outside.note', 'readback'),
      action('outside.shout', 'unknown'),
    ],
    checks: [
      defineCheck({
        name: 'outside.probe',
        version: 1,
        summary: 'Counts things of a name',
        input: z.strictObject({ name: z.string() }),
        output: z.strictObject({ count: z.number() }),
        run: async (_ctx, wanted) => ({
          count: outside.things(wanted.name).filter((thing) => thing.name === wanted.name).length,
        }),
      }),
    ],
  });
}

/**
 * @param {unknown} error
 * @param {string} code
 */
const isCode = (error, code) => error instanceof Error && 'code' in error && error.code === code;
