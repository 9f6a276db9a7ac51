import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body parsed; the shape is for the test to assert. */
  json(): Record<string, unknown>;
}

export interface Sending {
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>> | readonly (readonly [string, string])[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A browser without a screen: real TLS that trusts one authority, and a cookie jar. */
export class Client {
  readonly cookies = new Map<string, string>();
  /** Sent with everything that changes something, once known. */
  csrf: string | undefined;
  readonly #base: string;
  readonly #agent: Agent;

  constructor(base: string, ca: string) {
    this.#base = base;
    this.#agent = new Agent({ ca, keepAlive: false });
  }

  static async of(cutlist: { readonly httpsUrl: string; readonly caPath: string }): Promise<Client> {
    return new Client(cutlist.httpsUrl, await readFile(cutlist.caPath, 'utf8'));
  }

  get(path: string, sending: Sending = {}): Promise<Answer> {
    return this.send('GET', path, sending);
  }

  post(path: string, sending: Sending = {}): Promise<Answer> {
    return this.send('POST', path, sending);
  }

  put(path: string, json: unknown): Promise<Answer> {
    return this.send('PUT', path, { json });
  }

  delete(path: string): Promise<Answer> {
    return this.send('DELETE', path);
  }

  /** Through the API; keeps the cookie and the CSRF token. */
  async logIn(tenant: string, email: string, password: string): Promise<Answer> {
    const answer = await this.post('/api/session', { json: { tenant, email, password } });
    if (answer.status === 200) this.csrf = String(answer.json().csrfToken);
    return answer;
  }

  send(method: string, path: string, { json, form, headers = {} }: Sending = {}): Promise<Answer> {
    const body = json !== undefined ? JSON.stringify(json) : form && new URLSearchParams(form as never).toString();
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const all = {
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(cookie === '' ? {} : { cookie }),
      ...(this.csrf === undefined || method === 'GET' || form !== undefined ? {} : { 'x-csrf-token': this.csrf }),
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, this.#base), { method, headers: all, agent: this.#agent }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.once('error', reject);
        incoming.once('end', () => {
          this.#keep(incoming.headers['set-cookie'] ?? []);
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text,
            json: () => JSON.parse(text),
          });
        });
      });
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }

  #keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      if (/Max-Age=0/.test(line)) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }
}

/** The hidden field of a page's form. */
export const csrfOf = (page: Answer): string => /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
