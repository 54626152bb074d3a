import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const { path: chromium } = browserAvailable();
/** Opens every fold, and has the browser lay out what is far from the window, too. */
const LAY_OUT_EVERYTHING = `
  for (const fold of document.querySelectorAll('main details')) fold.open = true;
  for (const article of document.querySelectorAll('main article')) article.style.contentVisibility = 'visible';
`;
/** The pages are as long as books, and the pictures of them are many. */
const READING_MS = 60_000;
const PERMISSIONS = ['clipboard-read', 'clipboard-write'];

describe.skipIf(chromium === undefined)('the API reference in a real browser', { timeout: READING_MS }, () => {
  let hub: HubProcess;
  let browser: TestBrowser;

  beforeAll(async () => {
    hub = await startHub();
    browser = await openBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
  });

  const shown = ({ page }: Person) => page.locator('.group a:visible');
  const clipboard = ({ page }: Person) => page.evaluate('navigator.clipboard.readText()');
  const isNoWiderThanTheWindow = ({ page }: Person) =>
    page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth');

  it('shows the control API, finds an operation by the keyboard, and copies a call of it', async () => {
    const reader = await browser.person({ permissions: PERMISSIONS });
    await reader.page.goto(`${hub.address}/reference`);
    expect(reader.page.url()).toBe(`${hub.address}/reference/control`);
    expect(await reader.page.locator('h1').innerText()).toBe('AIGNE Hub control API');
    await reader.picture('reference', 'window');
    await reader.page.keyboard.press('/');
    await reader.page.keyboard.type('keys post rotate');
    expect(await shown(reader).count()).toBeGreaterThan(0);
    expect(await shown(reader).count()).toBeLessThan(5);
    expect(await reader.page.locator('#filter-result').innerText()).toMatch(/^Operations found: \d$/);
    await reader.picture('reference-filter', 'window');
    await reader.page.keyboard.press('ArrowDown');
    await reader.page.keyboard.press('ArrowDown');
    await reader.page.keyboard.press('Escape');
    await reader.page.locator('#filter').fill('createKey');
    await reader.page.locator('#filter').press('Enter');
    await reader.page.waitForURL('**/reference/control#createKey');
    await reader.page.locator('#createKey [data-copy]').first().click();
    const copied = await clipboard(reader);
    expect(copied).toContain(`curl -X POST "${hub.address}/control/v1/keys"`);
    expect(copied).toContain('$HUB_ADMIN_TOKEN');
    expect(await reader.page.locator('#createKey [data-copy]').first().innerText()).toBe('Copied');
    await reader.picture('reference-operation', 'window');
    await reader.page.locator('#filter').fill('nothing is called so');
    expect(await reader.page.locator('#filter-result').innerText()).toBe('No operation matches.');
    await reader.page.locator('#filter').press('Escape');
    expect(await shown(reader).count()).toBeGreaterThan(0);
    expect(reader.complaints).toEqual([]);
  });

  it('follows a deep link, and opens a named schema where it is used', async () => {
    const reader = await browser.person();
    await reader.page.goto(`${hub.address}/reference/control#listKeys`);
    const operation = reader.page.locator('#listKeys');
    await reader.page.waitForFunction('document.querySelector("#listKeys h3").getBoundingClientRect().top < 300');
    expect(await reader.page.locator('.group a[aria-current]').getAttribute('href')).toBe('#listKeys');
    await operation.locator('.response summary').first().click();
    await operation.locator('[data-schema=VirtualKey] > summary').first().click();
    await operation.locator('.response .field-name', { hasText: 'masked' }).first().waitFor();
    await reader.picture('reference-schema', 'window');
    expect(reader.complaints).toEqual([]);
  });

  it('shows the data plane’s API, and keeps a page that has not changed', async () => {
    const reader = await browser.person();
    await reader.page.goto(`${hub.address}/reference/control`);
    await reader.page.click('.documents a:not([aria-current])');
    await reader.page.waitForURL('**/reference/data');
    expect(await reader.page.locator('#createChatCompletion .call').innerText()).toMatch(
      /POST\s+\/v1\/chat\/completions/,
    );
    expect(await reader.page.locator('#createChatCompletion .samples').innerText()).toContain(
      `${hub.address}/v1/chat/completions`,
    );
    await reader.page.locator('#createChatCompletion h3').scrollIntoViewIfNeeded();
    await reader.picture('reference-data', 'window');
    const first = await fetch(`${hub.address}/reference/data`);
    expect(first.headers.get('content-encoding')).toBe('gzip');
    const again = await fetch(`${hub.address}/reference/data`, {
      headers: { 'if-none-match': first.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
    expect((await fetch(`${hub.address}/reference/nothing`)).status).toBe(404);
    expect(reader.complaints).toEqual([]);
  });

  it('speaks Chinese to who asks for it, and keeps the place when the language changes', async () => {
    const reader = await browser.person({ locale: 'zh-TW' });
    await reader.page.goto(`${hub.address}/reference/control#createKey`);
    expect(await reader.page.locator('html').getAttribute('lang')).toBe('zh-TW');
    expect(await reader.page.locator('#createKey h4').allInnerTexts()).toContain('回應');
    await reader.picture('reference-zh', 'window');
    await reader.page.click('a[data-language]');
    await reader.page.waitForURL('**/reference/control?lang=en#createKey');
    expect(await reader.page.locator('#createKey h4').allInnerTexts()).toContain('Responses');
    expect(reader.complaints).toEqual([]);
  });

  it.each(['en-US', 'zh-TW'])('fits a narrow window, where the list lies behind a button (%s)', async (locale) => {
    const reader = await browser.person({ locale, viewport: { width: 390, height: 844 } });
    for (const name of ['control', 'data']) {
      await reader.page.goto(`${hub.address}/reference/${name}`);
      expect(await isNoWiderThanTheWindow(reader)).toBe(true);
      await reader.page.evaluate(LAY_OUT_EVERYTHING);
      expect(await isNoWiderThanTheWindow(reader)).toBe(true);
    }
    await reader.page.reload();
    expect(await reader.page.locator('#contents').isVisible()).toBe(false);
    await reader.page.click('.menu');
    await reader.picture(`reference-list-${locale}`, 'window');
    await reader.page.locator('#filter').fill('livez');
    await shown(reader).first().click();
    expect(await reader.page.locator('#contents').isVisible()).toBe(false);
    expect(reader.page.url()).toContain('#getLiveness');
    expect(reader.complaints).toEqual([]);
  });
});
