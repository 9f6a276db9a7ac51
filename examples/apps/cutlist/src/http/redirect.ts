import { createServer, type Server } from 'node:http';
import { SECURITY_HEADERS } from './security-headers.ts';

/**
 * The plain port: 308 keeps method and body, so that a client set up wrongly learns its mistake at the first call.
 * The host is taken from the request only when it is one of ours: `Host` is the client's word, and a redirect to it
 * would send people anywhere.
 */
export function createRedirectServer(names: readonly string[], httpsPort: number): Server {
  const [fallback = 'localhost'] = names;
  return createServer((request, response) => {
    const asked = hostnameOf(request.headers.host);
    const name = names.find((candidate) => candidate === asked) ?? fallback;
    const authority = `${name.includes(':') ? `[${name}]` : name}${httpsPort === 443 ? '' : `:${httpsPort}`}`;
    // Always our own authority in front: a path such as `//evil.example` stays a path.
    const path = request.url?.startsWith('/') === true ? request.url : '/';
    // HSTS has no meaning on plain HTTP (RFC 6797 7.2).
    const { 'strict-transport-security': _, ...headers } = SECURITY_HEADERS;
    response.writeHead(308, { ...headers, location: `https://${authority}${path}`, connection: 'close' }).end();
    request.resume();
  });
}

function hostnameOf(host: string | undefined): string | undefined {
  try {
    return new URL(`http://${host ?? ''}`).hostname.replace(/^\[|\]$/g, '');
  } catch {
    return undefined;
  }
}
