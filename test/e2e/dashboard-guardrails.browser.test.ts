import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable } from '../support/browser.ts';
import { type FilledDashboard, openFilledDashboard } from '../support/filled-dashboard.ts';
import { type GuardService, startGuardService } from '../support/guard-service.ts';
import { listOf } from '../support/hub-calls.ts';

const { path: chromium } = browserAvailable();

/** A key in the form of GitHub's, and of nobody. */
const TOKEN = `ghp_${'a1B2'.repeat(9)}`;

describe.skipIf(chromium === undefined)('guardrails in a real browser', { timeout: 60_000 }, () => {
  let dashboard: FilledDashboard | undefined;
  let hub: FilledDashboard['hub'];
  let ada: FilledDashboard['ada'];
  let form: Locator;
  let service: GuardService;

  beforeAll(async () => {
    service = await startGuardService();
    dashboard = await openFilledDashboard(async () => undefined, { allow: [service.host] });
    ({ hub, ada } = dashboard);
    form = ada.page.getByRole('dialog');
  }, 120_000);
  afterAll(async () => {
    await dashboard?.close();
    await service?.close();
  });

  const row = (name: string): Locator => ada.page.getByRole('row', { name });
  const result = (): Locator => ada.page.getByRole('status');

  it('are made by the form, each kind with what it looks for', async () => {
    const { page } = ada;
    await page.getByRole('navigation').getByRole('link', { name: 'Guardrails', exact: true }).click();
    await page.getByText('There is no guardrail').waitFor();
    await ada.picture('guardrails-empty');
    expect(await seriousFaults(page)).toEqual([]);

    await page.getByRole('button', { name: 'New guardrail' }).click();
    await form.getByLabel('Name').fill('No keys leave');
    await form.getByLabel('JSON Web Tokens').uncheck();
    await form.getByLabel('What becomes of it').selectOption({ label: 'Block: the request ends in an error' });
    await form.getByRole('button', { name: 'Save' }).click();
    await row('No keys leave').getByText('GitHub tokens').last().waitFor();

    await page.getByRole('button', { name: 'New guardrail' }).click();
    await form.getByLabel('Name').fill('No addresses leave');
    await form.getByRole('combobox', { name: 'What it looks for' }).selectOption('Who somebody is');
    await form.getByLabel('Phone numbers').uncheck();
    await form.getByLabel('Payment cards').uncheck();
    await form.getByLabel('E-mail addresses').uncheck();
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Choose at least one.').waitFor();
    await form.getByLabel('E-mail addresses').check();
    await form.getByLabel('Where').selectOption('What is asked and answered');
    await form.getByRole('button', { name: 'Save' }).click();
    await row('No addresses leave').getByText('E-mail addresses').last().waitFor();

    await page.getByRole('button', { name: 'New guardrail' }).click();
    await form.getByLabel('Name').fill('Not too long');
    await form.getByRole('combobox', { name: 'What it looks for' }).selectOption('Length');
    expect(await form.getByLabel('What becomes of it').locator('option').count()).toBe(2);
    await form.getByLabel('Characters at most').fill('200');
    await form.getByLabel('What becomes of it').selectOption({ label: 'Block: the request ends in an error' });
    await form.getByLabel('Models').fill('gpt-*');
    await form.getByLabel('Order').fill('9');
    await form.getByRole('button', { name: 'Save' }).click();
    await row('Not too long').getByText('More than 200 characters').last().waitFor();
    expect(await listOf(hub, '/guardrails')).toMatchObject([
      { name: 'No keys leave', check: { kind: 'secrets' }, action: 'block', place: 'input', order: 0, enabled: true },
      { name: 'No addresses leave', check: { kind: 'personal', finds: ['email'] }, action: 'mask', place: 'both' },
      { name: 'Not too long', check: { kind: 'length', characters_max: 200 }, models: ['gpt-*'], order: 9 },
    ]);
  });

  it('say which pattern cannot be taken, and why', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'New guardrail' }).click();
    await form.getByLabel('Name').fill('Code names');
    await form.getByRole('combobox', { name: 'What it looks for' }).selectOption('Words and patterns');
    await form.getByLabel('What becomes of it').selectOption({ label: 'Flag: it goes on, and the record tells of it' });
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('There has to be a word or a pattern.').first().waitFor();
    await form.getByLabel('Words').fill('falcon\nheron');
    await form.getByLabel('Patterns').fill('PRJ-[0-9]{4}\n(?=a)b');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('The pattern `(?=a)b` is not in the syntax of RE2.').first().waitFor();
    await ada.picture('guardrails-bad-pattern', 'window');
    expect(await seriousFaults(page)).toEqual([]);
    await form.getByLabel('Patterns').fill('PRJ-[0-9]{4}\na*');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('The pattern `a*` fits where there is nothing.').first().waitFor();
    await form.getByLabel('Patterns').fill('PRJ-[0-9]{4}');
    await form.getByRole('button', { name: 'Save' }).click();
    await row('Code names').getByText('falcon · heron · PRJ-[0-9]{4}').last().waitFor();
    await ada.picture('guardrails');
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('are tried on texts that are flagged, masked, blocked or none of it', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Try them' }).click();
    const look = async (text: string): Promise<void> => {
      await page.getByLabel('Text', { exact: true }).fill(text);
      await page.getByRole('button', { name: 'Look at it' }).click();
    };
    await look('Good morning');
    await result().getByText('Nothing was found.').waitFor();
    await page.getByText('Goes on', { exact: true }).waitFor();
    await look('Falcon is PRJ-1234, heron is not');
    await result().getByText('in what was asked · Words: 2 · Patterns: 1').waitFor();
    await result().getByText('Flagged').waitFor();
    await look('Write to ann@example.com of the falcon');
    await result().getByText('Write to [EMAIL_1] of the falcon').waitFor();
    await result().getByText('Masked').waitFor();
    await ada.picture('guardrails-masked');
    expect(await seriousFaults(page)).toEqual([]);
    await look(`My token is ${TOKEN}`);
    await result().getByText('Nothing of it goes on.').waitFor();
    await result().getByText('Blocked').waitFor();
    await page.getByLabel('As', { exact: true }).selectOption('What is answered');
    await look('Write to ann@example.com');
    await result().getByText('in the answer · E-mail addresses: 1').waitFor();
    await page.getByLabel('As', { exact: true }).selectOption('What is asked');
    await page.getByLabel('By', { exact: true }).selectOption('Not too long');
    await look(`ann@example.com ${'x'.repeat(200)}`);
    await result().getByText('in what was asked · Length: 1').waitFor();
    expect(await result().getByRole('listitem').count()).toBe(1);
  });

  it('are changed, turned off and removed', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Guardrails', exact: true }).last().click();
    await page.getByRole('button', { name: 'Edit: Code names' }).click();
    expect(await form.getByLabel('Words').inputValue()).toBe('falcon\nheron');
    expect(await form.getByLabel('Patterns').inputValue()).toBe('PRJ-[0-9]{4}');
    await form.getByLabel('Words').fill('heron');
    await form.getByLabel('What becomes of it').selectOption({ label: 'Block: the request ends in an error' });
    await form.getByRole('button', { name: 'Save' }).click();
    await row('Code names').getByText('heron · PRJ-[0-9]{4}', { exact: true }).last().waitFor();
    await page.getByRole('button', { name: 'Edit: No keys leave' }).click();
    expect(await form.getByLabel('JSON Web Tokens').isChecked()).toBe(false);
    await form.getByLabel('It looks at calls').uncheck();
    await form.getByRole('button', { name: 'Save' }).click();
    await row('No keys leave').getByText('Off', { exact: true }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);

    await page.getByRole('link', { name: 'Try them' }).click();
    await page.getByLabel('Text', { exact: true }).fill(`falcon ${TOKEN}`);
    await page.getByRole('button', { name: 'Look at it' }).click();
    await result().getByText('Nothing was found.').waitFor();

    await page.getByRole('link', { name: 'Guardrails', exact: true }).last().click();
    await page.getByRole('button', { name: 'Remove: Not too long' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Not too long', { exact: true }).waitFor({ state: 'detached' });
    expect((await listOf(hub, '/guardrails')).map(({ name, enabled }) => [name, enabled])).toEqual([
      ['No keys leave', false],
      ['No addresses leave', true],
      ['Code names', true],
    ]);
    expect(ada.complaints).toEqual([]);
  });

  it('ask a service, whose secret is entered and never seen again', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'New guardrail' }).click();
    await form.getByLabel('Name').fill('Reviewer');
    await form.getByRole('combobox', { name: 'What it looks for' }).selectOption('What a service of yours says');
    await form.getByLabel('Address of the service').fill(service.url);
    await form.getByLabel('Secret').fill('guard-secret');
    await form.getByLabel('Milliseconds to answer').fill('20000');
    await form.getByLabel('Where', { exact: true }).selectOption('What is asked and answered');
    await form.getByLabel('Order').fill('20');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('10000').first().waitFor();
    expect(await form.getByLabel('Milliseconds to answer').getAttribute('aria-invalid')).toBe('true');
    await form.getByLabel('Milliseconds to answer').fill('1500');
    await ada.picture('guardrails-service', 'window');
    expect(await seriousFaults(page)).toEqual([]);
    await form.getByRole('button', { name: 'Save' }).click();
    await row('Reviewer').getByText('Has 1.5 sec, or the call ends').last().waitFor();
    await row('Reviewer').getByText('What the service says').waitFor();

    await page.getByRole('link', { name: 'Try them' }).click();
    service.setReply(() => ({ action: 'mask', texts: ['A plan of ***'], reason: 'names a plan' }));
    await page.getByLabel('Text', { exact: true }).fill('A plan of ours');
    await page.getByRole('button', { name: 'Look at it' }).click();
    await result().getByText('A plan of ***').waitFor();
    await result().getByText('Why: names a plan').waitFor();
    expect(service.asked.at(-1)?.headers.authorization).toBe('Bearer guard-secret');
    await ada.picture('guardrails-service-tried');
    expect(await seriousFaults(page)).toEqual([]);

    await page.getByRole('link', { name: 'Guardrails', exact: true }).last().click();
    await page.getByRole('button', { name: 'Edit: Reviewer' }).click();
    await form.getByText('One is stored.').waitFor();
    expect(await form.getByRole('textbox', { name: 'Secret' }).inputValue()).toBe('');
    await form.getByLabel('Address of the service').fill(`http://${service.host}/v2`);
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('A secret belongs to the address it was entered for').first().waitFor();
    await form.getByLabel('Send no secret any more').check();
    await form.getByLabel('Where it does not answer').selectOption('The call goes on, and the record tells of it');
    await form.getByRole('button', { name: 'Save' }).click();
    await row('Reviewer').getByText('or the call goes on').last().waitFor();
    expect((await listOf(hub, '/guardrails')).at(-1)).toMatchObject({
      check: { url: `http://${service.host}/v2`, has_secret: false, timeout_ms: 1500, on_failure: 'pass' },
      action: 'block',
      place: 'both',
    });
    expect(ada.complaints).toEqual([]);
  });

  it('do all of it in the Chinese of Taiwan', async () => {
    const { page } = ada;
    service.clear();
    await page.locator('summary', { hasText: 'Ada' }).click();
    await page.getByLabel('Language').selectOption('zh-TW');
    await page.getByRole('heading', { name: '內容防護', exact: true }).waitFor();
    await ada.picture('guardrails-zh');
    expect(await seriousFaults(page)).toEqual([]);

    await page.getByRole('button', { name: '新增防護' }).click();
    await form.getByLabel('名稱').fill('專案代號');
    await form.getByRole('combobox', { name: '查找內容' }).selectOption('字詞與規則運算式');
    await form.getByLabel('字詞').fill('獵鷹');
    await form.getByLabel('規則運算式').fill('代號(?=甲)');
    await form.getByRole('button', { name: '儲存' }).click();
    await form.getByText('規則運算式「代號(?=甲)」不符合 RE2 語法。').first().waitFor();
    await ada.picture('guardrails-bad-pattern-zh', 'window');
    await form.getByLabel('規則運算式').fill('代號[甲乙丙]');
    await form.getByLabel('處理方式').selectOption({ label: '遮蔽：以代號送出，回答時再還原給呼叫端' });
    await form.getByRole('button', { name: '儲存' }).click();
    await row('專案代號').getByText('獵鷹 · 代號[甲乙丙]').last().waitFor();

    await page.getByRole('link', { name: '試用' }).click();
    const look = async (text: string): Promise<void> => {
      await page.getByLabel('文字', { exact: true }).fill(text);
      await page.getByRole('button', { name: '檢查' }).click();
    };
    await look('獵鷹的代號乙');
    await result().getByText('[WORD_1]的[PATTERN_1]').waitFor();
    await result().getByText('已遮蔽').waitFor();
    await result().getByText('於提問中 · 字詞：1 · 規則運算式：1').waitFor();
    await ada.picture('guardrails-masked-zh');
    expect(await seriousFaults(page)).toEqual([]);
    await look('heron');
    await result().getByText('不會送出任何內容。').waitFor();

    await page.getByRole('link', { name: '內容防護', exact: true }).last().click();
    await page.getByRole('button', { name: '編輯: 專案代號' }).click();
    await form.getByLabel('啟用這項防護').uncheck();
    await form.getByRole('button', { name: '儲存' }).click();
    await row('專案代號').getByText('已停用').waitFor();
    await page.getByRole('button', { name: '移除: 專案代號' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '移除' }).click();
    await page.getByText('專案代號', { exact: true }).waitFor({ state: 'detached' });

    await page.getByRole('button', { name: '編輯: Reviewer' }).click();
    await form.getByRole('textbox', { name: '密鑰' }).fill('另一個密鑰');
    await form.getByRole('button', { name: '儲存' }).click();
    await form.getByText('含有標頭不允許的字元。').first().waitFor();
    await form.getByRole('textbox', { name: '密鑰' }).fill('another-secret');
    await form.getByLabel('處理方式').selectOption('只寫入紀錄');
    await ada.picture('guardrails-service-zh', 'window');
    expect(await seriousFaults(page)).toEqual([]);
    await form.getByRole('button', { name: '儲存' }).click();
    await row('Reviewer').getByText('逾時則照常送出').last().waitFor();
    await page.getByRole('link', { name: '試用' }).click();
    service.setReply(() => ({ status: 500, text: '' }));
    await look('早安');
    await result().getByText('於提問中 · 服務未給出判斷：1').waitFor();
    await result().getByText('已標記').waitFor();
    expect(service.asked.at(-1)?.headers.authorization).toBe('Bearer another-secret');
    expect(ada.complaints).toEqual([]);
  });
});
