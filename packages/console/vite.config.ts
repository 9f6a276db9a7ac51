import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Built by `scripts/build-console.mjs`; served by the control plane under `/console/`. */
export default defineConfig({
  root: import.meta.dirname,
  // Relative, because an installation may be served under a path of its own.
  base: './',
  plugins: [react()],
  // The server puts a fresh value in its place in every page it sends.
  html: { cspNonce: 'NONCE_OF_THIS_PAGE' },
  worker: { format: 'es' },
  build: {
    outDir: 'dist/app',
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2023',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: { input: { console: 'index.html', portal: 'portal.html' } },
  },
});
