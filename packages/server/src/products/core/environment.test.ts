import { expect, it } from 'vitest';
import { parseEnvironment } from './environment.ts';

const connections = {
  postgres: { app: { host: 'db.internal', user: 'cutlist', password: { $secret: 'entry_1' }, options: { key: 'a' } } },
  http: { api: { base_url: 'https://api.example', headers: { 'x-api-key': { $secret: 'entry_2' } } } },
};

it('keeps connections by kind and name, with secrets as references', () => {
  expect(parseEnvironment({ connections, settings: { region: 'eu' } })).toEqual({
    connections,
    settings: { region: 'eu' },
  });
});

it.each([
  ['password', { postgres: { app: { password: 'hunter2' } } }, 'connections.postgres.app.password'],
  ['nested token', { http: { api: { headers: { 'x-token': 'abc' } } } }, 'connections.http.api.headers.x-token'],
  ['API key', { http: { api: { api_key: 'abc' } } }, 'connections.http.api.api_key'],
])('refuses a %s written out in clear, and does not repeat it', (_what, given, path) => {
  const attempt = () => parseEnvironment({ connections: given, settings: {} });
  expect(attempt).toThrow(
    expect.objectContaining({ code: 'request.invalid', faults: [expect.objectContaining({ path })] }),
  );
  expect(attempt).not.toThrow(/hunter2|abc/);
});
