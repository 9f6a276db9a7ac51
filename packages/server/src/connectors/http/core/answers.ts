/** Reading JSON answers by dotted paths. */

/** The member at `a.b.0`; undefined where there is none. */
export function valueAt(json: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, part) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    return Reflect.get(value, part);
  }, json);
}

/** Puts members of an answer into the places `{name}` of a URL, encoded; a place without a member stays. */
export const withAnswer = (url: string, json: unknown): string =>
  url.replaceAll(/\{([\w.]+)\}/g, (place, path: string) => {
    const value = valueAt(json, path);
    return typeof value === 'string' || typeof value === 'number' ? encodeURIComponent(value) : place;
  });

/** True when every member of `part` is in `whole` with the same value; lists must be equal item by item. */
export function holds(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part)) {
    return Array.isArray(whole) && whole.length === part.length && part.every((item, at) => holds(whole[at], item));
  }
  if (typeof part !== 'object' || part === null) return Object.is(whole, part);
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole)) return false;
  return Object.entries(part).every(
    ([name, value]) => Object.hasOwn(whole, name) && holds(Reflect.get(whole, name), value),
  );
}
