/**
 * Writes the types of the console's API client from the OpenAPI document that a real control plane serves, so that the
 * console cannot ask for what the API does not answer. `--check` only compares.
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openControlPlane, readConfig } from '../packages/server/dist/index.js';

/** @typedef {Readonly<Record<string, any>>} Schema a JSON Schema, or a part of the OpenAPI document */

const PATH = fileURLToPath(new URL('../packages/console/src/api/generated/operations.ts', import.meta.url));
const HEAD = `/** Generated from the OpenAPI document by scripts/generate-console-client.mjs. Do not edit. */\n`;

/** @returns {Promise<Schema>} */
async function readDocument() {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-client-'));
  // The unprivileged user of an embedded PostgreSQL has to get in.
  chmodSync(folder, 0o755);
  const config = readConfig({ mode: 'development', logLevel: 'silent', dataDir: folder, port: 0 });
  const plane = await openControlPlane(config, { http: true, work: false });
  try {
    const response = await fetch(`${plane.url}/api/v1/openapi.json`);
    return /** @type {Schema} */ (await response.json());
  } finally {
    await plane.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A schema that refers to itself has no name here. @param {string} reference */
const referenceOf = (reference) =>
  reference.startsWith('#/components/schemas/') && !/\/schema\d+$/.test(reference)
    ? `Schemas['${reference.split('/').at(-1)}']`
    : 'unknown';

/** @param {Schema} schema @returns {string} */
function typeOf(schema) {
  if (schema.$ref !== undefined) return referenceOf(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined)
    return schema.enum.map((/** @type {unknown} */ each) => JSON.stringify(each)).join(' | ');
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return [...new Set(branches.map(typeOf))].join(' | ');
  if (schema.allOf !== undefined)
    return schema.allOf.map((/** @type {Schema} */ each) => `(${typeOf(each)})`).join(' & ');
  if (Array.isArray(schema.type))
    return schema.type.map((/** @type {string} */ type) => typeOf({ ...schema, type })).join(' | ');
  switch (schema.type) {
    case 'string':
      return 'string';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return `readonly (${schema.items === undefined ? 'unknown' : typeOf(schema.items)})[]`;
    case 'object':
      return objectType(schema);
    default:
      return schema.properties === undefined ? 'unknown' : objectType(schema);
  }
}

/** @param {Schema} schema @returns {string} */
function objectType(schema) {
  const required = new Set(schema.required ?? []);
  const members = Object.entries(schema.properties ?? {}).map(
    ([name, member]) =>
      `readonly ${JSON.stringify(name)}${required.has(name) ? '' : '?'}: ${typeOf(member)}${required.has(name) ? '' : ' | undefined'}`,
  );
  if (members.length > 0) return `{ ${members.join('; ')} }`;
  const rest = schema.additionalProperties;
  if (rest === false) return 'Record<string, never>';
  return `Readonly<Record<string, ${typeof rest === 'object' ? typeOf(rest) : 'unknown'}>>`;
}

/** @param {readonly Schema[]} parameters @param {string} place @returns {string} */
function parametersType(parameters, place) {
  const here = parameters.filter((parameter) => parameter.in === place);
  if (here.length === 0) return 'undefined';
  return objectType({
    properties: Object.fromEntries(here.map(({ name, schema }) => [name, schema ?? {}])),
    // A default makes a parameter one that may be left out.
    required: here
      .filter(({ required, schema }) => required === true && schema?.default === undefined)
      .map(({ name }) => name),
  });
}

/** @param {Schema} operation @returns {string} */
function operationType(operation) {
  const body = operation.requestBody?.content?.['application/json']?.schema;
  const answers = Object.entries(operation.responses ?? {}).filter(([status]) => /^2/.test(status));
  const answer = answers
    .map(([, { content }]) => content?.['application/json']?.schema)
    .find((schema) => schema !== undefined);
  const parameters = operation.parameters ?? [];
  return [
    '{',
    `    readonly path: ${parametersType(parameters, 'path')};`,
    `    readonly query: ${parametersType(parameters, 'query')};`,
    `    readonly body: ${body === undefined ? 'undefined' : typeOf(withoutDefaults(body))};`,
    `    readonly answer: ${answer === undefined ? 'undefined' : typeOf(answer)};`,
    '  }',
  ].join('\n');
}

/** What has a default need not be sent. @param {Schema} schema @returns {Schema} */
function withoutDefaults(schema) {
  if (schema.properties === undefined) return schema;
  const required = (schema.required ?? []).filter(
    (/** @type {string} */ name) => schema.properties[name]?.default === undefined,
  );
  return { ...schema, required };
}

/** @param {Schema} document */
function textOf(document) {
  const schemas = Object.entries(document.components?.schemas ?? {}).map(
    ([name, schema]) => `  readonly '${name}': ${typeOf(schema)};`,
  );
  const paths = Object.entries(document.paths).filter(([path]) => path.startsWith('/api/v1/'));
  const operations = paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) => `  readonly '${method.toUpperCase()} ${path}': ${operationType(operation)};`,
    ),
  );
  return `${HEAD}
export interface Schemas {
${schemas.join('\n')}
}

/** Every operation of the API: what stands in its path, its query and its body, and what it answers. */
export interface Operations {
${operations.sort().join('\n')}
}
`;
}

const text = textOf(await readDocument());
if (process.argv.includes('--check')) {
  let current = '';
  try {
    current = readFileSync(PATH, 'utf8');
  } catch {
    // Missing counts as out of date.
  }
  if (current !== text) {
    console.error(
      'the console client is not current: run "npm run build", then "node scripts/generate-console-client.mjs"',
    );
    process.exitCode = 1;
  }
} else {
  mkdirSync(dirname(PATH), { recursive: true });
  writeFileSync(PATH, text);
}
