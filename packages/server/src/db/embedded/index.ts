export { type EmbeddedOptions, embeddedPostgres } from './embedded.ts';
export { type ExternalOptions, externalPostgres } from './external.ts';
export type { Ownership, PostgresSupervisor, SupervisorLog, SupervisorStatus } from './supervisor.ts';
