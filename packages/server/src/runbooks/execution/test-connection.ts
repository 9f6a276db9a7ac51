import { isTenantryError, TenantryError } from '@tenantry/contract';
import { type Actor, permit } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { ActionContext, ConnectionFound } from '../../connectors/kit/index.ts';
import type { Database } from '../../db/index.ts';
import { loadEnvironment } from '../../products/index.ts';
import { type Keyring, openSecret } from '../../vault/index.ts';
import { type Connections, openConnections, readConnection } from './action-context.ts';
import type { Registry } from './registry.ts';

interface Deps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly registry: Registry;
  readonly now: () => Date;
}

export interface ConnectionPlace {
  readonly product: string;
  readonly environment: string;
  readonly kind: string;
  readonly name: string;
}

export interface TriedConnection {
  readonly at: Date;
  readonly tookMs: number;
  readonly found: ConnectionFound | undefined;
  /** Why not, of the closed set of connectors or config.invalid. */
  readonly fault: TenantryError | undefined;
}

const TIME_MS = 15_000;

/**
 * Tries a connection of an environment with its own credentials: the other system is reached and nothing is changed
 * there. That it does not answer is a result and no failure of this call. The call stands outside every transaction.
 *
 * @throws product.not_found, access.forbidden; request.invalid for a connection there is none of, or of a kind that
 * nobody here knows to try
 */
export async function testConnection(deps: Deps, actor: Actor, place: ConnectionPlace): Promise<TriedConnection> {
  const { kind, name } = place;
  const at = deps.now();
  const connections = await openPlace(deps, actor, place);
  const test = deps.registry.connectionTest(kind);
  if (test === undefined) {
    throw new TenantryError('request.invalid', `A connection of kind ${kind} cannot be tried.`, {
      next: 'Start a run with --plan: it reads through the same connection.',
    });
  }
  const startedAt = performance.now();
  const tried = await test.run(contextFor(connections, at), name).then(
    (found) => ({ found, fault: undefined }),
    (error: unknown) => {
      if (!isTenantryError(error)) throw error;
      return { found: undefined, fault: error };
    },
  );
  await deps.database.transaction('operator', (tx) =>
    recordAudit(
      { tx, actor, now: deps.now() },
      {
        action: 'product.connection_tested',
        subject: { kind: 'product', id: place.product, name: `${place.environment}/${kind}/${name}` },
        detail: { ok: tried.fault === undefined, ...(tried.fault && { code: tried.fault.code }) },
      },
    ),
  );
  return { at, tookMs: Math.round(performance.now() - startedAt), ...tried };
}

const openPlace = ({ database, keyring, now }: Deps, actor: Actor, place: ConnectionPlace): Promise<Connections> =>
  database.transaction('operator', async (tx) => {
    const { product, environment, kind, name } = place;
    permit(actor, 'runbooks:write', { productId: product, clientId: null, tenantId: null });
    const { connections } = await loadEnvironment(tx, product, environment);
    const settings = (connections as Connections)[kind]?.[name];
    if (settings === undefined) {
      throw new TenantryError('request.invalid', `The environment has no ${kind} connection named ${name}.`, {
        next: 'Set-up shows the connections there are.',
      });
    }
    // Whoever tries a connection need hold nothing of the vault, and sees none of it.
    const ctx = { tx, actor: { kind: 'system', part: 'connections' } as const, now: now(), keyring };
    const within = { owner: { kind: 'connection', id: `${product}/${environment}` } } as const;
    return openConnections({ [kind]: { [name]: settings } }, (ref) =>
      openSecret(ctx, ref, { purpose: `try the ${kind} connection ${name} of ${product}/${environment}`, within }),
    );
  });

const NOT_IN_A_RUN = 'A connection is tried outside every run.';

const contextFor = (connections: Connections, now: Date): ActionContext => ({
  run: { id: 'connection-test' },
  step: { id: 'connection-test' },
  tenant: undefined,
  contacts: {},
  key: 'connection-test',
  signal: AbortSignal.timeout(TIME_MS),
  now,
  connection: readConnection(connections),
  template: () => {
    throw new TenantryError('runbook.invalid', NOT_IN_A_RUN);
  },
  log: () => undefined,
});
