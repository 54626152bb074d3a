import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/**
 * The hub may lie under a path of its own, which it writes over this word when it serves what was built. The word stands in
 * addresses alone.
 */
const BASE = '/__HUB_BASE__/dashboard/';

export default defineConfig(({ command }) => ({
  root: import.meta.dirname,
  base: command === 'build' ? BASE : '/dashboard/',
  plugins: [react(), tailwindcss()],
  build: {
    target: 'es2023',
    emptyOutDir: true,
    // The page's policy forbids scripts that stand in it.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 800,
  },
  // `npx vite dashboard` beside a hub on its own port, for work on the pages.
  server: { host: '127.0.0.1', proxy: { '/control': 'http://127.0.0.1:7788', '/account': 'http://127.0.0.1:7788' } },
}));
