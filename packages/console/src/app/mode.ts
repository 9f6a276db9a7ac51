export const isDevelopment = (): boolean =>
  document.querySelector<HTMLMetaElement>('meta[name="tenantry-mode"]')?.content === 'development';

/** Where somebody signs in, and comes back from to this very page. */
export function signInAddress(): string {
  const root = new URL('..', document.baseURI);
  const to = `/${location.pathname.slice(root.pathname.length)}${location.search}`;
  const page = new URL(isDevelopment() ? 'dev/sign-in' : 'operator/sign-in', root);
  page.searchParams.set('to', to);
  return page.href;
}
