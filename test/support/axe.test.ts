import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFaults } from './axe.ts';
import { browserAvailable, openBrowser, type TestBrowser } from './browser.ts';

describe.skipIf(browserAvailable().path === undefined)('the look for hindrances in a browser', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  it('finds a picture without words and letters that are hard to see', async () => {
    const { page } = await browser.person();
    await page.setContent(
      '<html lang="en"><title>x</title><main><img src="data:,"><p style="color:#aaa">faint</p></main>',
    );
    const faults = await seriousFaults(page);
    expect(faults.map((fault) => fault.split(': ')[1])).toEqual(
      expect.arrayContaining(['image-alt', 'color-contrast']),
    );
  });
});
