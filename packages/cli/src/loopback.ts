/** Signing in through a browser: waits on a loopback address for the code (RFC 8252, 7.3; RFC 7636). */
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TenantryError } from '@tenantry/contract';

const WAIT_MS = 10 * 60_000;

export interface Loopback {
  /** What to open in the browser. */
  readonly address: string;
  readonly verifier: string;
  /** The code, once the browser brings it. @throws command.unreachable when it never does */
  readonly code: Promise<string>;
  close(): void;
}

export interface LoopbackOptions {
  /** Of the control plane, without a slash at its end. */
  readonly url: string;
  /** What the key will be called. */
  readonly name: string;
  readonly waitMs?: number;
}

export async function openLoopback({ url, name, waitMs = WAIT_MS }: LoopbackOptions): Promise<Loopback> {
  const state = randomBytes(32).toString('base64url');
  const verifier = randomBytes(32).toString('base64url');
  let give: (code: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const code = new Promise<string>((resolve, reject) => {
    give = resolve;
    fail = reject;
  });
  // Nobody may be waiting yet when it fails.
  code.catch(() => undefined);
  const server = createServer((request, response) => {
    const { searchParams: answer, pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const brought = answer.get('code');
    response.setHeader('content-type', 'text/plain; charset=utf-8').setHeader('connection', 'close');
    // Any page can send the browser here; only the one we sent it to knows the state.
    if (request.method !== 'GET' || pathname !== '/' || brought === null || answer.get('state') !== state) {
      return void response.writeHead(400).end('This is not the answer to the sign-in that was started.\n');
    }
    response.end('You are signed in. You can close this page and go back to the command line.\n');
    give(brought);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const timer = setTimeout(() => fail(late()), waitMs);
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const port = String((server.address() as AddressInfo).port);
  return {
    address: `${url}/operator/cli?${new URLSearchParams({ port, state, challenge, name }).toString()}`,
    verifier,
    code,
    close: () => {
      clearTimeout(timer);
      server.close();
      server.closeIdleConnections();
    },
  };
}

const late = (): TenantryError =>
  new TenantryError('command.unreachable', 'Nobody signed in within ten minutes.', {
    next: 'Run tenantry login again.',
  });
