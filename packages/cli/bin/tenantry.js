#!/usr/bin/env node
// Committed as plain JavaScript so that npm can link it before anything is built.
import { existsSync } from 'node:fs';

const built = new URL('../dist/main.js', import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else {
  console.error('tenantry is not built yet. Run "npm start" (or "npm run build") in the repository first.');
  process.exitCode = 69;
}
