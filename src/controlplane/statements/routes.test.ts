import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseCsv } from '../../kernel/csv.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';
import { TEST_TENANT } from '../testing/memory-state.ts';

const { organizationId } = TEST_TENANT;
const HOSTILE = '=HYPERLINK("https://evil.example")<script>alert(1)</script>';

let plane: TestControlPlane;
let month: string;
beforeEach(async () => {
  plane = await startTestControlPlane();
  month = new Date(plane.state.ledger.nowMs).toISOString().slice(0, 7);
  await plane.call('POST', '/installation/credit/grants', {
    organization_id: organizationId,
    amount: '1234567.000000001',
    name: HOSTILE,
    kind: 'promotional',
  });
});
afterEach(async () => plane.app.close());

describe('a statement', () => {
  it('lies between two balances, and is marked while its month runs', async () => {
    const list = await plane.call('GET', '/credit/statements');
    expect(list).toMatchObject({
      status: 200,
      body: { data: [{ month, time_zone: 'UTC', final: false, opening: '0', closing: '1234567.000000001' }] },
    });
    expect((await plane.call('GET', `/credit/statements/${month}`)).body).toMatchObject({
      granted: '1234567.000000001',
      charged: '0',
      items: [{ movement: 'granted', name: HOSTILE }],
      credit_notes: [{ number: 42, amount: '1000.00', currency: 'TWD', credits: '12.345678901' }],
    });
    expect((await plane.call('GET', '/credit/statements/2001-01')).status).toBe(404);
    expect((await plane.call('GET', '/credit/statements/2026-13')).status).toBe(400);
  });

  it('is a file that no spreadsheet runs anything of', async () => {
    const { text: payload, headers } = await plane.call('GET', `/credit/statements/${month}/export`);
    expect(headers['content-disposition']).toBe(`attachment; filename="statement-${month}.csv"`);
    expect(payload.startsWith('\uFEFFpart,')).toBe(true);
    const records = parseCsv(payload);
    const cells = 'fault' in records ? [] : records.map((record) => record.cells);
    expect(cells.find(([part]) => part === 'item_granted')?.[3]).toBe(`'${HOSTILE}`);
    expect(cells.find(([part]) => part === 'closing')?.[4]).toBe('1234567.000000001');
  });

  it.each([
    ['?lang=en', undefined, 'Statement of credit', 'This month is not over.'],
    ['', 'zh-TW,zh;q=0.9', '點數對帳單', '本月尚未結束'],
  ])('is a page for paper%s that runs and fetches nothing', async (query, language, title, notice) => {
    const path = `/credit/statements/${month}/print${query}`;
    const asked: Record<string, string> = language === undefined ? {} : { 'accept-language': language };
    const { text: payload, headers } = await plane.call('GET', path, undefined, asked);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'/,
    );
    expect(payload).toContain(title);
    expect(payload).toContain(notice);
    expect(payload).toContain('1,234,567.000000001');
    expect(payload).toContain('&lt;script&gt;');
    expect(payload).not.toMatch(/<script|<link|<img|url\(|@import|https?:\/\/(?!evil)/);
  });

  it('begins by the clocks that were chosen, from the next month on', async () => {
    const chosen = await plane.call('PUT', '/credit/statement-zone', { time_zone: 'Asia/Taipei' });
    expect(chosen).toMatchObject({ status: 200, body: { time_zone: 'UTC', next: { time_zone: 'Asia/Taipei' } } });
    expect((await plane.call('GET', '/credit/statement-zone')).body).toEqual(chosen.body);
    const body = { organization_id: organizationId, time_zone: 'Europe/Berlin' };
    expect((await plane.call('PUT', '/installation/credit/statement-zone', body)).body).toMatchObject({
      next: { time_zone: 'Europe/Berlin' },
    });
    for (const wrong of [
      { ...body, organization_id: 'org_nobody' },
      { ...body, time_zone: 'Mars/Olympus' },
    ]) {
      const { status } = await plane.call('PUT', '/installation/credit/statement-zone', wrong);
      expect(status).toBe(wrong.time_zone === 'Mars/Olympus' ? 400 : 404);
    }
  });
});

describe('a credit note', () => {
  it('is listed, and printed as it was written', async () => {
    expect((await plane.call('GET', '/credit/credit-notes')).body).toMatchObject({ data: [{ number: 42 }] });
    const { text: payload } = await plane.call('GET', '/credit/credit-notes/42/print?lang=zh-TW');
    for (const said of [
      '貸項通知單',
      'CN-000042',
      'Example &lt;AI&gt;',
      'Acme &amp; Sons',
      '1,000.00 TWD',
      '12.345678901',
    ]) {
      expect(payload).toContain(said);
    }
    expect((await plane.call('GET', '/credit/credit-notes/7/print')).status).toBe(404);
  });
});
