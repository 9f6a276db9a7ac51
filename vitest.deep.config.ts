import { defineConfig } from 'vitest/config';
import { testOptions } from './vitest.shared.ts';

/** `npm run test:deep`: everything, the minutes-long suites included. Add `.deep.` to run only those. */
export default defineConfig(testOptions({ deep: true }));
