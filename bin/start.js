import process from 'node:process';
import { begin } from './bootstrap.js';

await begin({
  needs: 'production',
  script: import.meta.url,
  work: async () => {
    const { main } = await import('../src/main.ts');
    return main(['start', ...process.argv.slice(2)]);
  },
});
