/**
 * Addresses an application registers. They are compared as text when they are used (RFC 9700, 2.1), so whatever could
 * be read in two ways is refused when it is registered.
 */
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Why an address cannot be registered, or undefined. `https` except on this very machine. */
export function addressFault(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is no absolute address';
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.has(url.hostname))) {
    return 'must begin with https:// (http:// only on a loopback address)';
  }
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
  if (text.includes('#')) return 'must not have a fragment';
  if (text.includes('*')) return 'must not have a wildcard';
  if (/[\s\\]/.test(text) || /[^\x21-\x7e]/.test(text)) return 'holds a character that must be percent-encoded';
  if (/(^|\/)(\.|%2e){1,2}(\/|$|\?)/i.test(text.slice(text.indexOf('//') + 2))) return 'must not hold a dot segment';
  // What a browser would make of it must be what is compared.
  return url.href === text || url.href === `${text}/` ? undefined : `is written in an unusual way: write ${url.href}`;
}
