import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { firstOwner } from '../support/dashboard-people.ts';
import { PNG_BASE64 } from '../support/fake-upstream/media-images.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const { path: chromium } = browserAvailable();
const run = promisify(execFile);
const WEATHER_SCHEMA = '{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}';

describe.skipIf(chromium === undefined)('the playground in a real browser', () => {
  // Programs find their packages from within the repository.
  const folder = mkdtempSync(join(import.meta.dirname, '..', '..', 'node_modules', '.playground-'));
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;

  beforeAll(async () => {
    upstream = await startFakeUpstream({ models: ['fake-small'] });
    hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`], environment: { HUB_TRUSTED_PROXIES: 'loopback' } });
    await hub.connectFake(upstream, { name: 'fake' });
    const prices = [
      { unit: 'input', usd_per_million: '300' },
      { unit: 'output', usd_per_million: '1500' },
    ];
    await hub.control('POST', '/prices', { provider_id: 'openai', model: 'fake-small', prices });
    browser = await openBrowser();
    ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await ada.page.goto(`${hub.address}/dashboard/org_default/playground`);
    await ada.page.getByLabel('Your message').waitFor();
  });
  afterEach(async () => {
    upstream.setScript(undefined);
    const clear = ada.page.getByRole('button', { name: 'Clear' });
    if (await clear.isEnabled()) await clear.click();
    expect(ada.complaints).toEqual([]);
  });

  const field = (name: string) => ada.page.getByLabel(name, { exact: true });
  const open = async (name: string): Promise<void> => ada.page.locator('summary', { hasText: name }).click();
  const say = async (text: string): Promise<void> => {
    await field('Your message').fill(text);
    await ada.page.getByRole('button', { name: 'Send' }).click();
  };
  const lastSent = (): string => upstream.journal.calls().at(-1)?.body.toString() ?? '';
  const addWeather = async (): Promise<void> => {
    await open('Tools');
    await ada.page.getByRole('button', { name: 'Add a tool' }).click();
    await field('Name').fill('get_weather');
    await ada.page.getByLabel('What it does').fill('Tells the weather.');
    await field('JSON Schema of its arguments').fill(WEATHER_SCHEMA);
  };

  it('shows what a model wants to be called, and goes on with the results that are given by hand', async () => {
    const { page } = ada;
    await addWeather();
    await field('JSON Schema of its arguments').fill('{');
    await page.getByText('This is no JSON object.').waitFor();
    await page.getByText('Something in the tools or the schema').waitFor();
    await field('JSON Schema of its arguments').fill(WEATHER_SCHEMA);
    upstream.setScript(() => ({ thinks: 'shown' }));
    await say('Call get_weather for Taipei.');
    await page.getByText('Calls get_weather with').waitFor();
    await page.getByText('Give the results of the calls first.').waitFor();
    await ada.picture('playground-tools');
    expect(await seriousFaults(page)).toEqual([]);
    await field('Result of get_weather').fill('{"celsius": 26}');
    await page.getByRole('button', { name: 'Go on with the results' }).click();
    await expect.poll(() => page.getByText(/tokens in, \d+ out · \$/).count()).toBe(2);
    expect(await page.locator('details', { hasText: 'Let me think' }).first().getAttribute('open')).toBeNull();
    const sent = lastSent();
    expect(sent).toContain('celsius');
  });

  it('holds an answer against the schema that it was to fit', async () => {
    const { page } = ada;
    await open('Structured output');
    await field('JSON Schema of the answer').fill(WEATHER_SCHEMA);
    await say('The weather, as JSON.');
    await page.getByText('The answer is no JSON.').waitFor();
    upstream.setScript(() => ({ instead: { kind: 'echo' } }));
    await say('And again.');
    await page.getByText('The answer does not fit the schema:').waitFor();
    await page.getByText('$.city: required').waitFor();
    await field('JSON Schema of the answer').fill('{"type":"object"}');
    await say('And once more.');
    await page.getByText('The answer fits the schema.').waitFor();
    await ada.picture('playground-schema');
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('takes pictures, PDFs and texts along, and tells what that will cost', async () => {
    const { page } = ada;
    await open('Parameters');
    await field('Tokens at most').fill('16');
    await page.locator('input[type=file]').setInputFiles([
      { name: 'dot.png', mimeType: 'image/png', buffer: Buffer.from(PNG_BASE64, 'base64') },
      { name: 'page.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 a page') },
      { name: 'notes.md', mimeType: 'text/markdown', buffer: Buffer.from('# Remember the milk') },
      { name: 'film.mp4', mimeType: 'video/mp4', buffer: Buffer.from('film') },
    ]);
    await page.getByText('Five files at most').waitFor();
    await field('Your message').fill('What is all this?');
    await page
      .getByText(/Estimate: \d+ tokens in · \$[\d.]+ for the question · \$0\.02 for the answer at most/)
      .waitFor();
    await ada.picture('playground-files');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText(/tokens in, \d+ out · \$/).waitFor();
    const sent = lastSent();
    for (const part of ['data:image/png;base64,', 'page.pdf', 'Remember the milk', '"max_tokens":16']) {
      expect(sent).toContain(part);
    }
  });

  it('keeps conversations for who had them, until they are removed', async () => {
    const { page } = ada;
    const button = (name: string | RegExp) => page.getByRole('button', { name });
    await say('The first thing.');
    await page.getByText(/tokens in, \d+ out · \$/).waitFor();
    await button('New conversation').click();
    await page.getByText('Ask something.').waitFor();
    await page.reload();
    await button('Earlier conversations').click();
    await ada.picture('playground-history', 'window');
    expect(await seriousFaults(page)).toEqual([]);
    await button(/^The first thing/).click();
    await page.getByText(/tokens in, \d+ out · \$/).waitFor();
    await button('New conversation').click();
    await button('Earlier conversations').click();
    expect(await page.getByRole('dialog').getByRole('listitem').count()).toBe(1);
    await button('Remove “The first thing.”').click();
    await page.getByText('There are none.').waitFor();
    await page.keyboard.press('Escape');
  });

  it('gives code for every kit, which asks the same with what was set', async () => {
    const { page } = ada;
    const { secret } = await hub.createKey('code');
    await addWeather();
    await open('Parameters');
    await field('System prompt').fill('It’s "quoted".\nTwice.');
    for (const [name, value] of [
      ['Temperature', '0.5'],
      ['Top P', '0.9'],
      ['Tokens at most', '64'],
      ['Seed', '7'],
      ['Stop at', 'END'],
    ] as const) {
      await field(name).fill(value);
    }
    await say("Call get_weather for O'Hare.");
    await page.getByText('Calls get_weather with').waitFor();
    await page.getByRole('button', { name: 'Get code' }).click();
    const codes = new Map<string, string>();
    for (const tab of await page.getByRole('dialog').getByRole('tab').all()) {
      await tab.click();
      codes.set((await tab.innerText()).trim(), await page.getByRole('dialog').locator('pre').innerText());
    }
    await ada.picture('playground-code', 'window');
    expect(await seriousFaults(page)).toEqual([]);
    expect([...codes.keys()]).toEqual([
      'curl',
      'OpenAI · Node',
      'OpenAI · Python',
      'Anthropic · Node',
      'Anthropic · Python',
      'AIGNE',
      'AI SDK',
      'LangChain',
    ]);
    for (const [sdk, code] of codes) {
      for (const part of [
        'get_weather',
        'Tells the weather.',
        "O'Hare".slice(2),
        '0.5',
        '0.9',
        '64',
        'END',
        'HUB_KEY',
        'fake-small',
      ]) {
        expect(code, sdk).toContain(part);
      }
    }
    for (const [sdk, name] of [
      ['curl', 'ask.sh'],
      ['OpenAI · Node', 'openai.mjs'],
      ['Anthropic · Node', 'anthropic.mjs'],
    ] as const) {
      const file = join(folder, name);
      writeFileSync(file, codes.get(sdk) ?? '');
      const { stdout } = await run(name.endsWith('.sh') ? 'sh' : process.execPath, [file], {
        env: { ...process.env, HUB_KEY: secret },
      });
      expect(stdout, sdk).toContain('get_weather');
      const sent = lastSent();
      expect(sent, sdk).toContain('It’s \\"quoted\\".\\nTwice.');
      expect(sent, sdk).toMatch(/"temperature": ?0\.5/);
    }
    await page.keyboard.press('Escape');
  });
});
