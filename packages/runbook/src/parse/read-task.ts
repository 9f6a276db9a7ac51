/** Tasks: text, checklist, form, what is shown and what proves that it was done. */
import type { ChecklistItem, Json, JsonObject, JsonSchema, TaskBody } from '../definition.ts';
import { misfitId } from './field-types.ts';
import { CHECKLIST_TABLE } from './grammar.ts';
import { joinPath } from './positions.ts';
import { readFields } from './read-fields.ts';
import { celOf, mapOf, optional, ownersOf, textOf } from './read-values.ts';
import { readVerification } from './read-verification.ts';
import { addFault, addTexts, asArray, entriesOf, isObject, type Owner, type Reading } from './reading.ts';

export type Evidence = 'note' | 'file' | 'link';

const evidenceOf = (value: Json | undefined): Evidence | undefined =>
  value === 'note' || value === 'file' || value === 'link' ? value : undefined;

export function readTask(reading: Reading, fields: JsonObject, path: string, owner: Owner): TaskBody {
  return {
    kind: 'task',
    text: textOf(fields.task) ?? '',
    checklist: readChecklist(reading, fields.checklist, joinPath(path, 'checklist'), owner),
    form: readForm(reading, fields.form, joinPath(path, 'form')),
    shows: mapOf(fields.shows) as Readonly<Record<string, string>>,
    ...optional('record', textOf(fields.record)),
    ...optional('evidence', evidenceOf(fields.evidence)),
    ...optional('verify', readVerification(reading, fields.verify, joinPath(path, 'verify'), owner)),
  };
}

function readChecklist(
  reading: Reading,
  value: Json | undefined,
  path: string,
  owner: Owner,
): readonly ChecklistItem[] {
  const items = asArray(value).map((item, index) => readItem(reading, item, joinPath(path, index), index, owner));
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    if (seen.has(item.id)) {
      addFault(reading, {
        rule: 'duplicate-id',
        path: joinPath(path, index),
        message: `The checklist has \`${item.id}\` twice.`,
        fix: 'Give each item its own id.',
      });
    }
    seen.add(item.id);
  }
  return items;
}

function readItem(reading: Reading, value: Json, path: string, index: number, owner: Owner): ChecklistItem {
  const id = `item_${index + 1}`;
  if (typeof value === 'string') {
    addTexts(reading, value, path, 'checklist.item', owner);
    return { id, item: value, with: {} };
  }
  const name = isObject(value) ? textOf(value.check) : undefined;
  const inner: Owner = name === undefined ? withoutOutput(owner) : { ...owner, outputOf: { kind: 'check', name } };
  const fields = readFields(reading, value, path, CHECKLIST_TABLE, 'checklist item', inner);
  const check = textOf(fields.check);
  const itemOwner = ownersOf(fields.owner);
  if (itemOwner?.mode === 'all') {
    addFault(reading, {
      rule: 'joint-item',
      path: joinPath(path, 'owner'),
      message: 'An item is ticked once, so it has no joint owners.',
      fix: 'Write one item for each of them, or `{ any: [...] }`.',
    });
  }
  if (check !== undefined) {
    reading.mentions.push({ ...owner, of: 'check', name: check, path: joinPath(path, 'check'), place: 'check' });
    if (fields.expect === undefined) {
      addFault(reading, {
        rule: 'check-without-expect',
        path,
        message: 'A check without `expect` would pass whatever it finds.',
        fix: 'Say what must be true of `output`.',
      });
    }
  }
  return {
    id: textOf(fields.id) ?? id,
    item: textOf(fields.item) ?? '',
    with: mapOf(fields.with),
    ...optional('owner', itemOwner),
    ...optional('if', celOf(fields.if)),
    ...optional('check', check),
    ...optional('expect', celOf(fields.expect)),
    ...optional('evidence', evidenceOf(fields.evidence)),
  };
}

function withoutOutput(owner: Owner): Owner {
  const { outputOf: _, ...rest } = owner;
  return rest;
}

function readForm(reading: Reading, value: Json | undefined, path: string): Readonly<Record<string, JsonSchema>> {
  const form: [string, JsonSchema][] = [];
  for (const [name, schema, at] of entriesOf(value, path)) {
    const fault = misfitId(name);
    if (fault !== undefined) addFault(reading, { ...fault, path: at, key: true });
    if (isObject(schema)) form.push([name, schema]);
    else
      addFault(reading, {
        rule: 'wrong-type',
        path: at,
        message: 'A form field is a JSON Schema property.',
        fix: 'Write `{ type: string, title: … }`.',
      });
  }
  return Object.fromEntries(form);
}
