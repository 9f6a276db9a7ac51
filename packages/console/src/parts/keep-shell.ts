/** Has the browser keep this page's own files, so that it loads without a connection; never an answer of the API. */
export function keepShell(): void {
  if (!('serviceWorker' in navigator)) return;
  // Where it is refused (a private window, no TLS) the page works as before, with a connection.
  window.addEventListener('load', () => {
    navigator.serviceWorker.register(new URL('sw.js', document.baseURI)).catch(() => undefined);
  });
}
