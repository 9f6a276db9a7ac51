/** Ids on the wire: a prefix over a uuid column. Tenant ids are bare lower-case UUID v4 (REG-18). */

export const ID_PREFIXES = {
  run: 'run',
  client: 'client',
  key: 'key',
  entry: 'entry',
  evidence: 'evidence',
  person: 'person',
  user: 'user',
  resource: 'resource',
  support: 'support',
  backup: 'backup',
  operation: 'operation',
  schedule: 'schedule',
  portal_link: 'link',
  question: 'question',
  message: 'message',
  signature: 'signature',
  file: 'file',
  secret: 'secret',
  export: 'export',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export const isUuid = (text: string): boolean => UUID.test(text);

/** A tenant id as REG-18 has it. */
export const isTenantId = (text: string): boolean => UUID_V4.test(text);

/** `toWireId('run', uuid)` -> `run_1f0c…` */
export const toWireId = (kind: IdKind, uuid: string): string => `${ID_PREFIXES[kind]}_${uuid}`;

/** The uuid inside a wire id of that kind (a bare uuid is taken too), or undefined. */
export function fromWireId(kind: IdKind, text: string): string | undefined {
  const prefix = `${ID_PREFIXES[kind]}_`;
  const uuid = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  return isUuid(uuid) ? uuid : undefined;
}
