import { defineConfig } from 'vitest/config';
import { testOptions } from './vitest.shared.ts';

/** `npm test`: everything but the suites that take minutes (`*.deep.*`). */
export default defineConfig(testOptions({ deep: false }));
