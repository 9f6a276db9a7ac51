/** The little an action sees of the world, put together for one attempt. */
import { TenantryError } from '@tenantry/contract';
import type { ActionContext } from '../../connectors/kit/index.ts';
import type { RunRecord } from '../runs/index.ts';
import { type OpenSecret, openSecrets } from './secrets-in.ts';
import type { TenantTexts } from './tenant-texts.ts';

export type Connections = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

export interface ContextParts {
  readonly run: RunRecord;
  readonly step: string;
  readonly round: number;
  /** The action is called to take the step back: work of its own, which the step's own call must not be taken for. */
  readonly undoing?: boolean;
  /** Of the step's environment, secrets opened. */
  readonly connections: Connections;
  readonly files: Readonly<Record<string, string>>;
  readonly tenantTexts: TenantTexts | undefined;
  readonly signal: AbortSignal;
  readonly now: Date;
  readonly findSecrets: (text: string) => Promise<readonly string[]>;
  readonly log: ActionContext['log'];
}

export function makeContext(parts: ContextParts): ActionContext {
  const { run } = parts;
  const { tenantId, tenantSlug } = run.meta;
  return {
    run: { id: run.id },
    step: { id: parts.step },
    tenant:
      tenantId === null || tenantSlug === null
        ? undefined
        : { id: tenantId, slug: tenantSlug, ...(parts.tenantTexts && { texts: { ...parts.tenantTexts } }) },
    contacts: run.meta.contacts,
    key: `${run.id}/${parts.step}/${parts.round}${occurrenceOf(run, parts.step)}${parts.undoing === true ? '/undo' : ''}`,
    signal: parts.signal,
    now: parts.now,
    connection: readConnection(parts.connections),
    template: (path) => {
      const text = parts.files[path.replace(/^\.\//, '')];
      if (text !== undefined) return text;
      throw new TenantryError('runbook.invalid', `The runbook has no file ${path}.`, {
        next: 'Publish the runbook with the file beside it.',
      });
    },
    log: parts.log,
    findSecrets: parts.findSecrets,
  };
}

/** Settings by kind and name, held against the connector's own schema. @throws config.invalid */
export const readConnection =
  (connections: Connections): ActionContext['connection'] =>
  (kind, name, schema) => {
    const settings = connections[kind]?.[name];
    if (settings === undefined) {
      throw new TenantryError('config.invalid', `The environment has no ${kind} connection named ${name}.`, {
        next: 'Add it to the environment of the product.',
      });
    }
    const parsed = schema.safeParse(settings);
    if (parsed.success) return parsed.data;
    const faults = parsed.error.issues.map((issue) => ({
      path: `${kind}.${name}.${issue.path.join('.')}`,
      message: issue.message,
    }));
    throw new TenantryError('config.invalid', `The ${kind} connection ${name} does not fit its schema.`, { faults });
  };

/** Each occurrence of a repeated step is work of its own. */
function occurrenceOf(run: RunRecord, step: string): string {
  const settled = run.state.steps[step]?.occurrences?.filter(({ status }) => status !== 'due');
  return settled === undefined ? '' : `.${settled.length + 1}`;
}

/** Connections of an environment with their secrets opened; a connection nobody uses costs nothing but this. */
export const openConnections = async (connections: Connections, open: OpenSecret): Promise<Connections> =>
  (await openSecrets(connections, open)) as Connections;
