/** What an address answered, or why it did not. */
export type Delivery =
  | { readonly taken: true; readonly status: number }
  | { readonly taken: false; readonly why: string };

const WAIT_MS = 10_000;

/**
 * Posts JSON once. Taken is what a 2xx answers. Redirects are not followed: the address is the one that was agreed, and
 * nothing goes anywhere else.
 */
export async function deliver(url: string, body: unknown): Promise<Delivery> {
  if (!isCallable(url)) return { taken: false, why: 'The address is neither https nor on this machine.' };
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'cutlist' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(WAIT_MS),
    });
    await answer.body?.cancel();
    return answer.ok ? { taken: true, status: answer.status } : { taken: false, why: `It answered ${answer.status}.` };
  } catch (error) {
    return { taken: false, why: reasonOf(error) };
  }
}

/** In the clear to a loopback address only: a relay beside the application. */
function isCallable(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'https:') return true;
  return url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `No answer within ${WAIT_MS / 1_000} s.`;
  const cause = error instanceof Error ? error.cause : undefined;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? ` (${String(cause.code)})` : '';
  return `It cannot be reached${code}.`;
}
