import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBrowser, type Person, type TestBrowser } from './browser.ts';
import { firstOwner } from './dashboard-people.ts';
import { type HubOptions, type HubProcess, startHub } from './hub-process.ts';
import { openTenants, type Tenants } from './tenants.ts';

export type FilledDashboard = {
  readonly hub: HubProcess;
  readonly browser: TestBrowser;
  /** Runs the installation, signed in. */
  readonly ada: Person;
  readonly close: () => Promise<void>;
};

/** A hub on a store in which rows were laid down before it started, and its first owner in a browser. */
export async function openFilledDashboard(
  layDown: (tenants: Tenants) => Promise<void>,
  options: Pick<HubOptions, 'allow'> = {},
): Promise<FilledDashboard> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-filled-'));
  const tenants = await openTenants(folder);
  await layDown(tenants);
  await tenants.close();
  const hub = await startHub({ ...options, dataDir: folder });
  const browser = await openBrowser();
  const ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
  return {
    hub,
    browser,
    ada,
    close: async () => {
      await browser.close();
      await hub.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
