import process from 'node:process';
import { begin } from './bootstrap.js';
import { ensureDashboard } from './dashboard.js';

await begin({
  needs: 'production',
  script: import.meta.url,
  isServer: true,
  work: async () => {
    ensureDashboard();
    const { main } = await import('../src/main.ts');
    return main(['start', ...process.argv.slice(2)]);
  },
});
