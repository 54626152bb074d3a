import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { eventually } from '../support/hub-calls.ts';
import { costsOf, operatorsCanaries, SELLING } from './customers/shop.ts';
import { type Scene, setIsolationScene } from './isolation/scene.ts';

const { path: chromium } = browserAvailable();
/** Pages that hang together are found by their links; more than these would be a page that makes up links. */
const PAGES_MAX = 150;
/** What signs out, and what is no page. */
const NO_PAGE = /sign-out|\/control\/|\/openapi|\/docs\b|\.(?:csv|json|png)$/;

describe.skipIf(chromium === undefined)('the pages of a customer, by all their links', { timeout: 300_000 }, () => {
  let scene: Scene;
  let browser: TestBrowser;
  let owner: Person;
  let canaries: readonly string[];

  beforeAll(async () => {
    scene = await setIsolationScene('sqlite', SELLING);
    const { upstream, victim, attacker } = scene;
    const costs = [...(await costsOf(scene, victim)), ...(await costsOf(scene, attacker))];
    canaries = [...operatorsCanaries(upstream), ...costs, victim.mark];
    browser = await openBrowser();
    owner = await browser.person({ locale: 'en-US' });
    const [name = '', value = ''] = String(attacker.callers.owner['cookie']).split('=', 2);
    await owner.context.addCookies([{ name, value, url: scene.hub.address }]);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
  });

  it('hold nothing of another customer, nor of where the operator buys, what it pays and what it adds', async () => {
    const { page } = owner;
    const first = `${scene.hub.address}/dashboard/${scene.attacker.organizationId}/overview`;
    const found = new Set([first, `${scene.hub.address}/pricing`, `${scene.hub.address}/account`]);
    const problems: string[] = [];
    for (const address of found) {
      expect(found.size).toBeLessThan(PAGES_MAX);
      await page.goto(address);
      await page.locator('h1').first().waitFor();
      const loading = page.locator('[role=status][aria-label]');
      await eventually('whole page', async () => (await loading.count()) === 0);
      const html = await page.content();
      const shown = new URL(address).pathname + new URL(address).search;
      problems.push(...canaries.filter((canary) => html.includes(canary)).map((canary) => `${shown} shows ${canary}`));
      const links: string[] = await page.locator('a[href]').evaluateAll((all) => all.map((link) => link.href));
      for (const link of links) {
        const { origin, pathname, search } = new URL(link);
        if (origin === scene.hub.address && !NO_PAGE.test(pathname)) found.add(origin + pathname + search);
      }
    }
    // The menu, and the tabs of its pages.
    expect(found.size).toBeGreaterThan(20);
    expect(problems).toEqual([]);
    expect(owner.complaints).toEqual([]);
  });
});
