export { runbookJsonSchema } from './runbook-json-schema.ts';
