import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Where Debian and others put it. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const PAGE_WAIT_MS = 20_000;

/** Whether this machine has a browser, and if not, why: for `describe.skipIf`. */
export function browserAvailable(): { readonly path: string | undefined; readonly reason: string } {
  return { path: PLACES.find((path) => existsSync(path)), reason: 'no browser (apt-get install chromium)' };
}

export type TestBrowser = {
  /** A browser of its own: no cookie of another's. */
  readonly person: (options?: BrowserContextOptions) => Promise<Person>;
  readonly close: () => Promise<void>;
};

export type Person = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the pages complained of: errors of scripts, and what their own policy forbade. */
  readonly complaints: readonly string[];
  /** Keeps a picture of the page, or of what the window shows of it, where HUB_TEST_PICTURES names a folder for them. */
  readonly picture: (name: string, of?: 'page' | 'window') => Promise<void>;
};

/** Starts the machine's Chromium without a window. @throws Error where there is none */
export async function openBrowser(): Promise<TestBrowser> {
  const { path, reason } = browserAvailable();
  if (path === undefined) throw new Error(reason);
  const profile = mkdtempSync(join(tmpdir(), 'hub-browser-'));
  const browser = await chromium.launch({
    executablePath: path,
    chromiumSandbox: process.getuid?.() !== 0,
    args: [...FLAGS, `--crash-dumps-dir=${profile}`],
  });
  return {
    person: async (options = {}) => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-US', ...options });
      context.setDefaultTimeout(PAGE_WAIT_MS);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        // An answer other than 2xx is told there, too; the page says what it means.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
          complaints.push(message.text());
        }
      });
      return { page, context, complaints, picture: (name, of = 'page') => keepPicture(page, name, of) };
    },
    close: async () => {
      await browser.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Goes from the page that follows a sign-in to that of the account. */
export async function openAccount({ page }: Person): Promise<void> {
  await page.waitForURL(/\/dashboard/);
  await page.goto(new URL('/account', page.url()).href);
  await page.waitForSelector('[data-account]:not([hidden])');
}

/** Wide and narrow, light and dark. */
const LOOKS = [
  { width: 1440, height: 900, colorScheme: 'light' },
  { width: 390, height: 844, colorScheme: 'light' },
  { width: 390, height: 844, colorScheme: 'dark' },
  { width: 1440, height: 900, colorScheme: 'dark' },
] as const;

async function keepPicture(page: Page, name: string, of: 'page' | 'window'): Promise<void> {
  const folder = process.env['HUB_TEST_PICTURES'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const before = page.viewportSize();
  for (const { width, height, colorScheme } of LOOKS) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await page.screenshot({
      path: join(folder, `${name}-${width}-${colorScheme}.png`),
      fullPage: of === 'page',
    });
  }
  if (before !== null) await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: 'light' });
}
