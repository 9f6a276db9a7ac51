/** The intake of a runbook: a JSON Schema in the file, or the path of a file that holds one. */
import type { Json, JsonSchema } from '../definition.ts';
import { schemaFault } from './intake-schema.ts';
import { readYaml } from './read-yaml.ts';
import { addFault, isObject, type Reading } from './reading.ts';

/** Gives the text of a file named in a runbook, relative to it; undefined when there is none. */
export type ReadFile = (path: string) => string | undefined;

const SCHEMA_BYTES_MAX = 1024 * 1024;
const OPEN: JsonSchema = { type: 'object' };

export function readIntake(reading: Reading, value: Json | undefined, read: ReadFile): JsonSchema {
  if (value === undefined) return { type: 'object', properties: {} };
  if (isObject(value)) return usable(reading, value);
  if (typeof value !== 'string') {
    addFault(reading, { rule: 'wrong-type', path: 'intake', message: '`intake` is a JSON Schema or a path.' });
    return OPEN;
  }
  if (!/^\.?\/?[\w./-]+$/.test(value) || value.startsWith('/') || value.split('/').includes('..')) {
    addFault(reading, {
      rule: 'unknown-file',
      path: 'intake',
      message: `\`${value}\` is not a path below the runbook's folder.`,
      fix: 'Write `./name.intake.yaml`.',
    });
    return OPEN;
  }
  const source = read(value);
  if (source === undefined) {
    addFault(reading, {
      rule: 'unknown-file',
      path: 'intake',
      message: `There is no file \`${value}\`.`,
      fix: 'Paths are relative to the runbook.',
    });
    return OPEN;
  }
  const file = readYaml(source, value, SCHEMA_BYTES_MAX);
  for (const fault of file.faults) {
    addFault(reading, {
      ...fault,
      path: 'intake',
      message: `${value}:${fault.line}:${fault.column}: ${fault.message}`,
    });
  }
  if (isObject(file.value)) return usable(reading, file.value);
  if (file.faults.length === 0)
    addFault(reading, { rule: 'wrong-type', path: 'intake', message: `\`${value}\` does not hold a JSON Schema.` });
  return OPEN;
}

function usable(reading: Reading, schema: JsonSchema): JsonSchema {
  const fault = schemaFault(schema);
  if (fault === undefined) return schema;
  addFault(reading, {
    rule: 'bad-schema',
    path: 'intake',
    message: `The intake is not a usable JSON Schema: ${fault}.`,
  });
  return OPEN;
}
