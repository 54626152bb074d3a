/** Lighthouse over pages of a real hub with five weeks of records; see README.md. Ends with 1 where a score is short. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fillHub, GOOD_SECRET, layDownRecords, MODELS, NOBODY } from '../test/looks/full-hub.ts';
import { browserAvailable, openBrowser } from '../test/support/browser.ts';
import { firstOwner } from '../test/support/dashboard-people.ts';
import { startFakeUpstream } from '../test/support/fake-upstream.ts';
import { type HubProcess, startHub } from '../test/support/hub-process.ts';

const FLAGS = ['--headless', '--disable-gpu', '--disable-background-networking'];
const PAGES = [
  { name: 'overview', path: '/dashboard/org_default/overview', isSignedIn: true },
  { name: 'sign-in', path: '/account/sign-in', isSignedIn: false },
  { name: 'first page', path: '/', isSignedIn: false },
] as const;
const PERFORMANCE_MIN = { desktop: 95, mobile: 80 } as const;
const ACCESSIBILITY_MIN = 95;
const TIMES = [
  'first-contentful-paint',
  'largest-contentful-paint',
  'total-blocking-time',
  'cumulative-layout-shift',
] as const;

type Form = keyof typeof PERFORMANCE_MIN;
type Category = 'performance' | 'accessibility';

/** As much of Lighthouse as is used here; it is taken from this machine and no dependency. */
type Lighthouse = {
  readonly default: (
    url: string,
    flags: {
      readonly port: number;
      readonly logLevel: 'error';
      readonly disableStorageReset: true;
      readonly onlyCategories: readonly Category[];
      readonly extraHeaders?: Readonly<Record<string, string>>;
    },
    config?: object,
  ) => Promise<
    | {
        readonly lhr: {
          readonly lighthouseVersion: string;
          readonly finalDisplayedUrl: string;
          readonly categories: Readonly<Record<Category, { readonly score: number | null }>>;
          readonly audits: Readonly<Record<string, { readonly score: number | null; readonly displayValue?: string }>>;
        };
      }
    | undefined
  >;
  readonly desktopConfig: object;
};

type Launcher = {
  readonly launch: (options: {
    readonly chromePath: string;
    readonly chromeFlags: readonly string[];
  }) => Promise<{ readonly port: number; readonly kill: () => void }>;
};

async function loadLighthouse(): Promise<{ readonly lighthouse: Lighthouse; readonly launcher: Launcher }> {
  const folder = process.env['LIGHTHOUSE_DIR'];
  if (folder === undefined) throw new Error('LIGHTHOUSE_DIR names no folder in which lighthouse is installed');
  const require = createRequire(join(folder, 'package.json'));
  const load = async (name: string): Promise<unknown> => import(pathToFileURL(require.resolve(name)).href);
  // The packages' own types are not there for who has not installed them.
  return {
    lighthouse: (await load('lighthouse')) as Lighthouse,
    launcher: (await load('chrome-launcher')) as Launcher,
  };
}

/** A hub with much in it, and the session of its owner. */
async function openHub(folder: string) {
  await layDownRecords(folder);
  const upstream = await startFakeUpstream({ models: MODELS, credentials: [GOOD_SECRET] });
  const hub = await startHub({ dataDir: folder, allow: [`127.0.0.1:${upstream.port}`, NOBODY] });
  const browser = await openBrowser();
  const owner = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
  await fillHub(hub, upstream);
  const cookies = await owner.context.cookies();
  await browser.close();
  return {
    hub,
    cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; '),
    close: async (): Promise<void> => {
      await hub.stop();
      await upstream.close();
    },
  };
}

async function audit(
  { lighthouse, launcher }: Awaited<ReturnType<typeof loadLighthouse>>,
  { hub, cookie, form, page }: { hub: HubProcess; cookie: string; form: Form; page: (typeof PAGES)[number] },
): Promise<boolean> {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const chrome = await launcher.launch({
    chromePath: browserAvailable().path ?? '',
    chromeFlags: [...FLAGS, ...sandbox],
  });
  try {
    const result = await lighthouse.default(
      `${hub.address}${page.path}`,
      {
        port: chrome.port,
        logLevel: 'error',
        disableStorageReset: true,
        onlyCategories: ['performance', 'accessibility'],
        ...(page.isSignedIn ? { extraHeaders: { cookie } } : {}),
      },
      form === 'desktop' ? lighthouse.desktopConfig : undefined,
    );
    if (result === undefined) throw new Error('Lighthouse gave no result');
    const { categories, audits, finalDisplayedUrl } = result.lhr;
    if (new URL(finalDisplayedUrl).pathname !== page.path) throw new Error(`it ended at ${finalDisplayedUrl}`);
    const scoreOf = (category: Category): number => Math.round((categories[category].score ?? 0) * 100);
    const [performance, accessibility] = [scoreOf('performance'), scoreOf('accessibility')];
    const times = TIMES.map((name) => audits[name]?.displayValue ?? '–');
    process.stdout.write(`${[page.name, form, performance, accessibility, ...times].join(' | ')}\n`);
    return performance >= PERFORMANCE_MIN[form] && accessibility >= ACCESSIBILITY_MIN;
  } finally {
    chrome.kill();
  }
}

const loaded = await loadLighthouse();
const folder = await mkdtemp(join(tmpdir(), 'hub-lighthouse-'));
const { hub, cookie, close } = await openHub(folder);
try {
  process.stdout.write('page | form | performance | accessibility | first paint | largest paint | blocked | shift\n');
  process.stdout.write('--- | --- | --: | --: | --: | --: | --: | --:\n');
  for (const page of PAGES) {
    for (const form of ['desktop', 'mobile'] as const) {
      if (!(await audit(loaded, { hub, cookie, form, page }))) process.exitCode = 1;
    }
  }
} finally {
  await close();
  await rm(folder, { recursive: true, force: true });
}
