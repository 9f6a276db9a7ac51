/** The value this page's styles carry under its Content-Security-Policy. Browsers hide it from the attribute. */
export const pageNonce = (): string =>
  document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

/** Scroll locks of dialogs add a style of their own, and look for the nonce in this place. */
export function announceNonce(): void {
  Object.assign(globalThis, { __webpack_nonce__: pageNonce() });
}
