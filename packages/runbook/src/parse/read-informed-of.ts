import { HAPPENINGS } from '../advance/happenings.ts';
import type { Json } from '../definition.ts';
import { nearest } from '../expr/suggest.ts';
import { joinPath } from './positions.ts';
import { textsOf } from './read-values.ts';
import { addFault, addMention, asArray, entriesOf, type Reading } from './reading.ts';

/** `about.informed_of`: role -> what it is told of. */
export function readInformedOf(
  reading: Reading,
  value: Json | undefined,
  informed: readonly string[],
): Readonly<Record<string, readonly string[]>> | undefined {
  if (value === undefined) return undefined;
  const entries = entriesOf(value, 'about.informed_of').map(([role, wishes, path]) => {
    if (!informed.includes(role)) {
      addFault(reading, {
        rule: 'not-informed',
        path,
        message: `\`${role}\` is not among those who are informed.`,
        fix: 'Add it to `raci.informed`.',
        key: true,
      });
    }
    if (!Array.isArray(wishes)) {
      addFault(reading, {
        rule: 'wrong-type',
        path,
        message: 'This is a list.',
        fix: `Write \`[${HAPPENINGS.join(', ')}]\`.`,
      });
    }
    for (const [index, wish] of asArray(wishes).entries()) readWish(reading, wish, joinPath(path, index));
    return [role, textsOf(wishes)] as const;
  });
  return Object.fromEntries(entries);
}

const KNOWN: readonly string[] = HAPPENINGS;

function readWish(reading: Reading, wish: Json, path: string): void {
  const text = String(wish);
  const [root, id, ...rest] = text.split('.');
  if (id !== undefined && rest.length === 0 && (root === 'phases' || root === 'steps')) {
    addMention(reading, root === 'phases' ? 'phase' : 'step', id, path, {});
    return;
  }
  if (KNOWN.includes(text)) return;
  const near = nearest(text, KNOWN);
  addFault(reading, {
    rule: 'unknown-happening',
    path,
    message: `Nobody can be informed of \`${text.slice(0, 80)}\`.`,
    fix: near === undefined ? `There is ${KNOWN.join(', ')}, phases.ID and steps.ID.` : `Did you mean \`${near}\`?`,
  });
}
