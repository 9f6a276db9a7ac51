import { expect, it } from 'vitest';
import { readmeCommands } from './readme-commands.ts';

const README = [
  '# Tenantry',
  '```yaml',
  'a: 1',
  '```',
  '```sh',
  '# in a new folder',
  'git clone https://example.org/tenantry.git && cd tenantry',
  'npm ci && npm start   # builds, starts, onboards',
  'npx --no-install tenantry run show \\',
  '  --last',
  'npm test',
  '```',
  '```sh',
  'npm run never',
  '```',
].join('\n');

it('the first sh block is read word for word, without comments and without npm test', () => {
  expect(readmeCommands(README)).toEqual([
    { text: 'git clone https://example.org/tenantry.git && cd tenantry', isFetch: true, isServer: false },
    { text: 'npm ci && npm start', isFetch: false, isServer: true },
    { text: 'npx --no-install tenantry run show    --last', isFetch: false, isServer: false },
  ]);
});

it('a README without such a block has no commands', () => {
  expect(readmeCommands('# Tenantry\n')).toEqual([]);
});
