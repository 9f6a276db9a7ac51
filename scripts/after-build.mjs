/** The last step of `npm run build`: what the compiler does not copy or bundle. */
import { readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildConsole } from './build-console.mjs';
import { copyAssets } from './copy-assets.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

for (const parent of ['packages', 'examples/apps']) {
  for (const name of readdirSync(join(ROOT, parent))) copyAssets(join(ROOT, parent, name));
}

// Node takes the kind of a module from the nearest manifest, and that of the guard says ES modules.
writeFileSync(join(ROOT, 'packages/guard/dist/cjs/package.json'), '{ "type": "commonjs" }\n');

await buildConsole();
