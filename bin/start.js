import process from 'node:process';
import { begin } from './bootstrap.js';
import { ensureBundle } from './bundle.js';
import { ensureDashboard } from './dashboard.js';

await begin({
  needs: 'production',
  script: import.meta.url,
  isServer: true,
  work: async () => {
    ensureDashboard();
    const { main } = await import(ensureBundle());
    return main(['start', ...process.argv.slice(2)]);
  },
});
