/**
 * The records of an intake file (`{ content, recorded_by, recorded_at, sha256 }`) and their hashes. Works on the text,
 * so that everything but the hashes stays as its author wrote it.
 */
import { createHash } from 'node:crypto';
import { bug, canonicalJson, TenantryError } from '@tenantry/contract';
import { type JsonObject, parseIntakeFile } from '@tenantry/runbook';
import { isMap, isPair, isScalar, isSeq, type Node, parseDocument, type YAMLMap } from 'yaml';

export interface IntakeRecord {
  /** `intake.handoff` */
  readonly path: string;
  /** What stood in the file. */
  readonly before: string | undefined;
  /** SHA-256 of the canonical JSON (RFC 8785) of `content`, lower-case hex. */
  readonly sha256: string;
}

export interface SealedIntake {
  readonly records: readonly IntakeRecord[];
  readonly source: string;
}

/** @throws file.unreadable with each fault and its line */
export function sealIntake(source: string, file: string): SealedIntake {
  const found = recordsIn(source, file);
  let sealed = source;
  // From the end, so that the offsets of those before stay true.
  for (const { map, record } of [...found].sort((a, b) => startOf(b.map) - startOf(a.map))) {
    if (record.before !== record.sha256) sealed = withHash(sealed, map, record.sha256);
  }
  const records = found.map(({ record }) => record);
  const again = recordsIn(sealed, file).map(({ record }) => record);
  const holds =
    again.length === records.length &&
    again.every(({ before, sha256 }, at) => before === sha256 && sha256 === records[at]?.sha256);
  if (!holds) throw bug(`Sealing ${file} would have changed more than its hashes.`);
  return { records, source: sealed };
}

interface Found {
  readonly map: YAMLMap;
  readonly record: IntakeRecord;
}

function recordsIn(source: string, file: string): readonly Found[] {
  const { data, faults } = parseIntakeFile(source, file);
  if (data === undefined)
    throw new TenantryError('file.unreadable', `${file} cannot be read.`, { faults, next: 'Correct it first.' });
  const found: Found[] = [];
  const walk = (node: unknown, value: unknown, path: string): void => {
    if (isSeq(node) && Array.isArray(value)) {
      for (const [at, item] of node.items.entries()) walk(item, value[at], `${path}[${at}]`);
    }
    if (!isMap(node) || !isObject(value)) return;
    const record = recordOf(value, path);
    if (record !== undefined) return void found.push({ map: node, record });
    for (const pair of node.items) {
      const key = keyOf(pair);
      if (key !== undefined) walk(pair.value, value[key], path === '' ? key : `${path}.${key}`);
    }
  };
  walk(parseDocument(source, { version: '1.2', schema: 'core' }).contents, data, '');
  return found;
}

/** What has content and says who recorded it, or when, is a record; a half-written one counts too. */
function recordOf(value: JsonObject, path: string): IntakeRecord | undefined {
  const { content, sha256 } = value;
  if (!isObject(content) || !('recorded_by' in value || 'recorded_at' in value || 'sha256' in value)) return undefined;
  const hash = createHash('sha256').update(canonicalJson(content)).digest('hex');
  return { path, before: typeof sha256 === 'string' ? sha256 : undefined, sha256: hash };
}

function withHash(source: string, map: YAMLMap, hash: string): string {
  const pair = map.items.find((item) => keyOf(item) === 'sha256');
  const range = isNode(pair?.value) ? pair.value.range : undefined;
  const quote = map.flow === true ? '"' : '';
  // A hash of digits alone, or like 1e5…, would be read as a number.
  const text = /^[0-9]+(?:e[0-9]+)?$/.test(hash) || quote !== '' ? `"${hash}"` : hash;
  if (range !== undefined && range !== null)
    return replace(source, range[0], range[1], range[0] === range[1] ? ` ${text}` : text);
  if (pair !== undefined) throw bug('A pair without a place in the text.');
  return map.flow === true ? appendToFlow(source, map, text) : insertInBlock(source, map, text);
}

function appendToFlow(source: string, map: YAMLMap, text: string): string {
  const last = map.items.at(-1);
  const end =
    (isNode(last?.value) ? last.value.range?.[1] : undefined) ?? (isNode(last?.key) ? last.key.range?.[1] : undefined);
  if (end === undefined) throw bug('A map without a place in the text.');
  const isJson = source[startOf(last?.key)] === '"';
  return replace(source, end, end, `, ${isJson ? '"sha256"' : 'sha256'}: ${text}`);
}

/** After the last line when that is a plain line of its own, else before the first key: both keep the indent. */
function insertInBlock(source: string, map: YAMLMap, text: string): string {
  const [first, last] = [map.items[0], map.items.at(-1)];
  const start = startOf(first?.key);
  const indent = ' '.repeat(start - (source.lastIndexOf('\n', start - 1) + 1));
  const end = isScalar(last?.value) ? last.value.range?.[1] : undefined;
  const isOneLine = end !== undefined && !source.slice(startOf(last?.key), end).includes('\n');
  if (!isOneLine) return replace(source, start, start, `sha256: ${text}\n${indent}`);
  const lineEnd = source.indexOf('\n', end);
  const at = lineEnd === -1 ? source.length : source[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd;
  return replace(source, at, at, `\n${indent}sha256: ${text}`);
}

const replace = (source: string, start: number, end: number, text: string): string =>
  source.slice(0, start) + text + source.slice(end);

const keyOf = (pair: unknown): string | undefined =>
  isPair(pair) && isScalar(pair.key) && typeof pair.key.value === 'string' ? pair.key.value : undefined;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'range' in value;

function startOf(node: unknown): number {
  const start = isNode(node) ? node.range?.[0] : undefined;
  if (start === undefined) throw bug('A node without a place in the text.');
  return start;
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
