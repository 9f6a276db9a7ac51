const HOME = '/';
/** What a browser would take for another site, or for a way out of the path: `//host`, `/\host`, control characters. */
const SAFE = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/;

/**
 * Where a sign-in may lead to: a path of this server, never another address. What is not one leads home, so that a
 * link somebody crafted cannot carry a person away (open redirect).
 *
 * @example
 * returnPath('/operator/cli?port=1') // '/operator/cli?port=1'
 * returnPath('//evil.example')       // '/'
 */
export function returnPath(text: string | undefined): string {
  if (text === undefined || text.length > 2_000 || !SAFE.test(text)) return HOME;
  const base = 'https://here.invalid';
  if (!URL.canParse(text, base)) return HOME;
  const url = new URL(text, base);
  // Dots are resolved by now, and may have left two slashes at the start.
  return url.origin === base && !url.pathname.startsWith('//') ? `${url.pathname}${url.search}` : HOME;
}
