/** The checker's messages in the words of the language guide: number, text, list, map, secret. */

const TYPE_WORDS: readonly (readonly [RegExp, string])[] = [
  [/google\.protobuf\.Timestamp/g, 'timestamp'],
  [/google\.protobuf\.Duration/g, 'duration'],
  [/dyn<([^<>]+)>/g, '$1'],
  [/\bmap<[^']*>/g, 'map'],
  [/\blist<[^']*>/g, 'list'],
  [/\bshape\d+n\d+\b/g, 'map'],
  [/\b(?:double|int|uint)\b(?!\()/g, 'number'],
  [/\bstring\b(?!\()/g, 'text'],
];

/** Takes a message of the library, or the bare name of a type. */
export function typeMessage(summary: string): string {
  const overload = /^no such overload: (.+?) (==|!=|<=|>=|<|>|\+|-|\*|\/|%|in) (.+)$/.exec(summary);
  if (overload !== null) {
    const [, left = '', operator = '', right = ''] = overload;
    return `\`${operator}\` does not work between ${words(left)} and ${words(right)}.`;
  }
  const method = /^found no matching overload for '(?:(.+)\.)?(\w+)\((.*)\)'$/.exec(summary);
  if (method !== null) {
    const [, receiver, name = '', args = ''] = method;
    const on = receiver === undefined ? '' : ` on ${words(receiver)}`;
    return `\`${name}\` does not take (${words(args)})${on}.`;
  }
  const key = /^No such key: (.+)$/.exec(summary);
  if (key !== null) return `There is no \`${key[1]}\` here.`;
  const name = /^Unknown variable: (.+)$/.exec(summary);
  if (name !== null) return `There is no name \`${name[1]}\` here.`;
  if (/overlaps with/.test(summary) && summary.includes('secret')) return 'A secret cannot be compared.';
  if (/overlaps with/.test(summary)) return 'The type of an empty list is not known here.';
  return words(summary);
}

const words = (text: string): string =>
  TYPE_WORDS.reduce((result, [pattern, word]) => result.replace(pattern, word), text);
