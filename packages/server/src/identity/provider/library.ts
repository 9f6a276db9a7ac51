/**
 * The library behind the provider. It warns of any Node before 22 as it loads; our suites run it on Node 20 as well, so
 * to a newcomer, whose first line it would be, the warning says nothing. It alone is left out.
 */
import type { Provider as OidcProvider } from 'oidc-provider';

const { warn } = console;
console.warn = (...words: readonly unknown[]): void => {
  if (!String(words[0]).includes('oidc-provider WARNING: Unsupported runtime')) warn(...words);
};
const library = await import('oidc-provider');
console.warn = warn;

export type Provider = OidcProvider;
export const { errors, interactionPolicy, Provider } = library;
