import { Agent, request } from 'node:http';

/** @typedef {ReturnType<typeof openClient>} Client */
/** @typedef {{ status: number, retryAfterMs: number }} Answer */

const TIMEOUT_MS = 20_000;
const SECOND = 1_000;

/**
 * Asks over connections that stay open.
 *
 * @param {string} url
 */
export function openClient(url) {
  const agent = new Agent({ keepAlive: true });
  /**
   * @param {string} method
   * @param {string} path
   * @param {{ headers?: Readonly<Record<string, string>>, body?: unknown }} options
   * @returns {Promise<Answer>} when all of the answer is there
   */
  const ask = (method, path, { headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const typed = body === undefined ? headers : { ...headers, 'content-type': 'application/json' };
      const asked = request(`${url}${path}`, { agent, method, headers: typed, timeout: TIMEOUT_MS }, (answer) => {
        answer.resume();
        answer.once('error', reject);
        answer.once('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            retryAfterMs: Number(answer.headers['retry-after'] ?? 0) * SECOND,
          }),
        );
      });
      asked.once('error', reject);
      asked.once('timeout', () => asked.destroy(new Error(`${method} ${path} was not answered in ${TIMEOUT_MS} ms`)));
      asked.end(text);
    });
  return { ask, close: () => agent.destroy() };
}
