import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { fillCredit, withStore } from '../support/credit-scene.ts';
import { firstOwner, signUpByConsole } from '../support/dashboard-people.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, eventually, textOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { fillHub, GOOD_SECRET, layDownRecords, MODELS, NOBODY } from './full-hub.ts';
import { sellAndBuy } from './full-payments.ts';
import { publishSome, setManyPrices } from './full-prices.ts';
import { CREDIT_PAGES, type LookedAt, PAGES } from './pages.ts';
import { joinPictures, type Shot } from './sheet.ts';

const { path: chromium } = browserAvailable();
const pictures = process.env['HUB_TEST_PICTURES'];
const LANGUAGES = ['en', 'zh-TW'] as const;
const WIDTHS = [1440, 390] as const;
const THEMES = ['light', 'dark'] as const;
const SETTLE_MS = 15_000;

// Not imported by name: the dashboard's types are those of a browser.
const WORDS = join(import.meta.dirname, '..', '..', 'dashboard', 'src', 'words');
const { en } = (await import(join(WORDS, 'en', 'index.ts'))) as { readonly en: object };
const { zhTw } = (await import(join(WORDS, 'zh-tw', 'index.ts'))) as { readonly zhTw: object };

/** What a new hub calls its organization, its project and the key of its visitors is called so in every language. */
const SAME_EVERYWHERE: ReadonlySet<string> = new Set(['Default', 'Guest playground']);
/** What English says and Chinese says otherwise: none of it may stand on a page in Chinese. */
const ENGLISH_ONLY = englishOnly();
/** The name of a word where the word should be; scopes and actions of the API look alike and stand in code. */
const NAME_OF_WORD = new RegExp(`^(?:${Object.keys(en).join('|')})\\.[a-z]\\w*(?:\\.\\w+)*$`, 'i');

type Scene = {
  readonly hub: HubProcess;
  readonly browser: TestBrowser;
  readonly people: Readonly<Record<(typeof LANGUAGES)[number], Person & { readonly settled: () => Promise<void> }>>;
  readonly close: () => Promise<void>;
};

type Fullness = 'empty' | 'full';

/** What is looked at, on which hub. */
type Look = { readonly pages: readonly LookedAt[]; readonly isCharging: boolean };

async function openScene(fullness: Fullness, { isCharging }: Look): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'hub-looks-'));
  if (fullness === 'full') await layDownRecords(folder);
  const upstream = await startFakeUpstream({ models: MODELS, credentials: [GOOD_SECRET] });
  const hub = await startHub({
    dataDir: folder,
    allow: [`127.0.0.1:${upstream.port}`, NOBODY],
    environment: isCharging ? { HUB_CREDIT: 'true', HUB_CREDIT_MARGIN_PERCENT: '20' } : {},
  });
  const browser = await openBrowser();
  const ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
  if (fullness === 'full' && isCharging) await chargeMuch(hub, folder);
  if (fullness === 'full') await fillHub(hub, upstream);
  if (fullness === 'full' && isCharging) {
    await setManyPrices(hub);
    await publishSome(hub);
    await startMany(hub);
    await sellElsewhere(hub);
    await makeCodes(hub);
    await sellAndBuy(hub, folder);
  }
  const session = await ada.context.storageState();
  const person = async (locale: string) => watched(await browser.person({ locale, storageState: session }));
  return {
    hub,
    browser,
    people: { en: await person('en-US'), 'zh-TW': await person('zh-TW') },
    close: () => closeScene({ hub, browser, upstream, folder }),
  };
}

/** Batches of codes: one that somebody redeemed, one for many, and one that was withdrawn. */
async function makeCodes(hub: HubProcess): Promise<void> {
  const make = (body: JsonObject) => hub.control('POST', '/installation/credit/code-batches', body);
  const { codes } = asObject(await make({ name: 'Conference', amount: '10', count: 200, credit_lasts_days: 90 }));
  const [code] = Array.isArray(codes) ? codes : [];
  await hub.control('POST', '/credit/redemptions', { code: code ?? '' });
  const until = { valid_until: '2099-12-31T00:00:00Z' };
  await make({
    name: 'A campaign with a name that is longer than most',
    amount: '0.5',
    count: 1,
    uses_max: 100_000,
    ...until,
  });
  const { batch } = asObject(await make({ name: 'Lost letters', amount: '5', count: 12 }));
  await hub.control('POST', `/installation/credit/code-batches/${textOf(asObject(batch)['id'])}/withdraw`);
}

/** Customers of a platform: one that has credit, one that has none, and one that was suspended. */
async function sellElsewhere(hub: HubProcess): Promise<void> {
  const make = async (external_id: string, name: string, amount: string | undefined): Promise<string> => {
    const credit = amount === undefined ? {} : { credit: { reference: `order-${external_id}`, amount, name: 'Order' } };
    const made = asObject(await hub.control('POST', '/installation/customers', { external_id, name, ...credit }));
    return textOf(asObject(made['customer'])['organization_id']);
  };
  await make('acme-42', 'Acme', '250.5');
  await make(
    'shop|a-customer-with-an-id-that-is-longer-than-most-of-them-are',
    'Somebody whose name is longer than most',
    undefined,
  );
  const suspended = await make('late', 'Late Payers Ltd', '0.000000001');
  await hub.control('POST', `/organizations/${suspended}/suspend`, { reason: 'unpaid' });
}

/** People who signed up for credit to begin with, and one who gets none. */
async function startMany(hub: HubProcess): Promise<void> {
  const offer = {
    name: 'Welcome',
    amount: '5',
    lasts_days: 30,
    per_day_max: 100,
    refused_domains: ['throwaway.example'],
  };
  await hub.control('PATCH', '/installation', {
    sign_up: 'open',
    sign_up_joins: 'personal',
    starter_credits: offer,
    public_prices: true,
  });
  for (const [name, email] of [
    ['Grace', 'grace@example.com'],
    ['Somebody whose name is a good deal longer than most', 'somebody@example.com'],
    ['Grace again', 'grace+2@example.com'],
    ['Mallory', 'mallory@throwaway.example'],
  ] as const) {
    await signUpByConsole(hub, { name, email });
  }
}

/** Credit before anything is called. */
async function chargeMuch(hub: HubProcess, folder: string): Promise<void> {
  const { id: keyId } = await hub.createKey('a key with a limit of its own and a name that is long');
  await withStore(join(folder, 'hub.db'), (store) => fillCredit(store, { keyId }));
}

async function closeScene(open: {
  readonly hub: HubProcess;
  readonly browser: TestBrowser;
  readonly upstream: FakeUpstream;
  readonly folder: string;
}): Promise<void> {
  await open.browser.close();
  await open.hub.stop();
  await open.upstream.close();
  rmSync(open.folder, { recursive: true, force: true });
}

/** A person, and when the page that they opened shows all that it asked for. */
function watched(person: Person) {
  const { page } = person;
  const underWay = new Set<unknown>();
  page.on('request', (request) => {
    // The stream of what happens ends when the page is left.
    if (request.resourceType() !== 'eventsource') underWay.add(request);
  });
  page.on('requestfinished', (request) => underWay.delete(request));
  page.on('requestfailed', (request) => underWay.delete(request));
  const isDrawn = () =>
    page.evaluate<boolean>(
      `document.querySelector('main h1, main p') !== null && document.querySelector('[role=status][aria-label], [data-loading]:not([hidden]):empty') === null`,
    );
  const settled = async (): Promise<void> => {
    await eventually('page that is drawn', async () => underWay.size === 0 && (await isDrawn()), SETTLE_MS);
  };
  return { ...person, settled };
}

/** How far the page is wider than its window: nobody should have to push it sideways. */
function overflowOf(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** Rows of tabs of which none, or more than one, is said to be open, or in which the open one is out of sight. */
function lostTabs(page: Page): Promise<readonly string[]> {
  return page.evaluate<readonly string[]>(`new Promise((done) => {
    const isLost = (strip) => {
      const open = [...strip.querySelectorAll('[aria-current=page]')].map((tab) => tab.getBoundingClientRect());
      const { left, right } = strip.getBoundingClientRect();
      // Where a row ends is rounded to whole pixels, where a tab ends is not.
      return open.length !== 1 || open[0].left < left - 1 || open[0].right > right + 1;
    };
    const look = () => [...document.querySelectorAll('main nav')].filter(isLost).map((strip) => strip.ariaLabel);
    // A row is moved when the window is drawn.
    requestAnimationFrame(() => requestAnimationFrame(() => done(look())));
  })`);
}

/** The texts that stand on the page, each for itself, without those that are code. */
function textsOf(page: Page): Promise<readonly string[]> {
  return page.evaluate<readonly string[]>(`(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) {
      const { parentElement, data } = walker.currentNode;
      if (data.trim() !== '' && !parentElement.closest('code, pre, script, .font-mono, [lang=en]')) texts.push(data.trim());
    }
    return texts;
  })()`);
}

function englishOnly(): ReadonlySet<string> {
  const said = (words: object): readonly string[] =>
    Object.values(words).flatMap((word: unknown) =>
      typeof word === 'string' ? [word] : typeof word === 'object' && word !== null ? said(word) : [],
    );
  const chinese = new Set(said(zhTw));
  return new Set(said(en).filter((word) => !chinese.has(word) && !SAME_EVERYWHERE.has(word)));
}

/** Every page of one hub, in every look; a file for each of the two, so that they are looked at side by side. */
export function lookAtPages(fullness: Fullness): void {
  lookAt(fullness, { pages: PAGES, isCharging: false });
}

/** The same of what a hub shows that charges with credit. */
export function lookAtCredit(fullness: Fullness): void {
  lookAt(fullness, { pages: CREDIT_PAGES, isCharging: true });
}

function lookAt(fullness: Fullness, look: Look): void {
  const hubName = look.isCharging ? `charging-${fullness}` : fullness;
  describe.skipIf(chromium === undefined)(`every page of a hub that is ${hubName}`, () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await openScene(fullness, look);
      if (pictures !== undefined) mkdirSync(pictures, { recursive: true });
    });
    afterAll(() => scene?.close());

    describe.each(look.pages)('$name', ({ name, path, isPublic }) => {
      const shots: Shot[] = [];
      afterAll(async () => {
        if (pictures === undefined || shots.length === 0) return;
        await joinPictures(scene.browser, { folder: pictures, name: `${name}-${hubName}`, shots });
      });

      it.each(LANGUAGES)('fits, speaks and hinders nobody in %s', async (language) => {
        const address = await path(scene.hub);
        if (address === undefined) return;
        const person = isPublic ? watched(await scene.browser.person({ locale: language })) : scene.people[language];
        const { page, settled, complaints } = person;
        const before = complaints.length;
        await page.goto(`${scene.hub.address}${address}`);
        await settled();
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
          for (const colorScheme of THEMES) {
            await page.emulateMedia({ colorScheme });
            await settled();
            if (pictures !== undefined) {
              const file = `${name}-${hubName}-${width}-${colorScheme}-${language}.png`;
              const fullPage = (await page.locator('dialog[open]').count()) === 0;
              await page.screenshot({ path: join(pictures, file), fullPage });
              shots.push({ file, width, language });
            }
          }
          expect.soft(await overflowOf(page), `wider than a window of ${width}`).toBe(0);
          expect.soft(await lostTabs(page), `tabs at ${width}`).toEqual([]);
          // What axe looks at is the same in every language; it looks at both themes.
          if (language === 'en') expect.soft(await seriousFaults(page), `at ${width}`).toEqual([]);
        }
        const texts = await textsOf(page);
        expect
          .soft(
            texts.filter((text) => NAME_OF_WORD.test(text)),
            'names of words',
          )
          .toEqual([]);
        if (language === 'zh-TW') {
          expect
            .soft(
              texts.filter((text) => ENGLISH_ONLY.has(text)),
              'English',
            )
            .toEqual([]);
        }
        expect.soft(complaints.slice(before), 'complaints').toEqual([]);
        if (isPublic) await person.context.close();
      });
    });
  });
}
