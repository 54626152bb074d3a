#!/usr/bin/env -S node --max-semi-space-size=8 --heap-growing-percent=40 --no-allocation-site-pretenuring --no-parallel-scavenge
import process from 'node:process';
import { begin } from './bootstrap.js';
import { ensureBundle } from './bundle.js';
import { ensureDashboard } from './dashboard.js';

await begin({
  needs: 'production',
  script: import.meta.url,
  isServer: process.argv[2] === 'start',
  work: async () => {
    if (process.argv[2] === 'start') ensureDashboard();
    const { main } = await import(ensureBundle());
    return main(process.argv.slice(2));
  },
});
