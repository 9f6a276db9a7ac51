import type { Json, Verification } from '../definition.ts';
import { VERIFY_TABLE } from './grammar.ts';
import { joinPath } from './positions.ts';
import { readFields } from './read-fields.ts';
import { celOf, mapOf, optional, textOf } from './read-values.ts';
import { addMention, isObject, type Owner, type Reading } from './reading.ts';

/** `{ check, with, expect, within, hold, every }` of a task or a choice. */
export function readVerification(
  reading: Reading,
  value: Json | undefined,
  path: string,
  owner: Owner,
): Verification | undefined {
  if (value === undefined) return undefined;
  const name = isObject(value) ? String(value.check) : '';
  const fields = readFields(reading, value, path, VERIFY_TABLE, 'verify', {
    ...owner,
    outputOf: { kind: 'check', name },
  });
  addMention(reading, 'check', fields.check, joinPath(path, 'check'), owner);
  const check = textOf(fields.check);
  if (check === undefined) return undefined;
  return {
    check,
    with: mapOf(fields.with),
    expect: celOf(fields.expect) ?? 'true',
    ...optional('within', textOf(fields.within)),
    ...optional('hold', textOf(fields.hold)),
    ...optional('every', textOf(fields.every)),
  };
}
