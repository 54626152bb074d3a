import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIST_LINES_MAX } from '../../ledger/grant-list.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';
import { TEST_TENANT } from '../testing/memory-state.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
  await plane.call('POST', '/installation/customers', { external_id: 'acme-42', name: 'Acme' });
});
afterEach(async () => plane.app.close());

const { organizationId } = TEST_TENANT;
const LISTS = '/installation/credit/grant-lists';
const HEAD = 'organization_id,external_id,amount,name,expires_at,reference';

const csvOf = (...lines: readonly string[]): string => [HEAD, ...lines].join('\r\n');
const check = (csv: string) => plane.call('POST', `${LISTS}/check`, { csv });
const give = (csv: string) => plane.call('POST', LISTS, { csv });
const grants = () => [...plane.state.ledger.grants.values()];

describe('a list of credit to be given', () => {
  const good = csvOf(
    `${organizationId},,250,Order 1,2099-12-31,order-1`,
    ',acme-42,0.000000001,"Order 2, again",,order-2',
    ',acme-42,5,Order 3,2099-12-31T00:00:00+08:00,order-3',
  );

  it('is looked at line by line before anything is given', async () => {
    expect(await check(good)).toMatchObject({
      status: 200,
      body: {
        new: 3,
        known: 0,
        wrong: 0,
        total: '255.000000001',
        lines: [
          { line: 2, state: 'new', organization_name: 'Test', expires_at: '2099-12-31T23:59:59.999Z' },
          { line: 3, state: 'new', customer: 'acme-42', organization_name: 'Acme', name: 'Order 2, again' },
          { line: 4, state: 'new', expires_at: '2099-12-30T16:00:00.000Z' },
        ],
      },
    });
    expect(grants()).toEqual([]);
  });

  it('gives each line once, however often it is sent and in whatever list', async () => {
    expect(await give(good)).toMatchObject({ status: 200, body: { new: 3, known: 0, total: '255.000000001' } });
    expect(await give(good)).toMatchObject({ status: 200, body: { new: 0, known: 3, total: '0' } });
    const more = csvOf(',acme-42,5,Order 4,,order-4', ',acme-42,0.000000001,"Order 2, again",,order-2');
    expect((await give(more)).body).toMatchObject({ lines: [{ state: 'new' }, { state: 'known' }], total: '5' });
    expect(grants().map(({ name }) => name)).toEqual(['Order 1', 'Order 2, again', 'Order 3', 'Order 4']);
  });

  it('shares its references with single grants', async () => {
    const single = { reference: 'order-3', amount: '7', name: 'Order 3' };
    await plane.call('POST', '/installation/customers/acme-42/grants', single);
    expect((await check(good)).body).toMatchObject({
      lines: [{}, {}, { state: 'wrong', problems: [{ what: 'other_content', column: 'reference' }] }],
    });
  });

  it('gives nothing where any line is wrong, and says which', async () => {
    const bad = csvOf(',acme-42,5,Fine,,order-1', ',nobody,5,Wrong,,order-2');
    expect(await give(bad)).toMatchObject({
      status: 400,
      body: {
        error: {
          param: 'csv',
          details: { lines: [{ line: 3, problems: [{ what: 'unknown_customer', column: 'external_id' }] }] },
        },
      },
    });
    expect(grants()).toEqual([]);
  });

  it.each([
    [',acme-42,5,Order', 'cells', undefined],
    [',acme-42,5,Order,,x,more', 'cells', undefined],
    [',,5,Order,,x', 'missing', 'organization_id'],
    [',acme-42,,Order,,x', 'missing', 'amount'],
    [',acme-42,5,,,x', 'missing', 'name'],
    [',acme-42,5,Order,,', 'missing', 'reference'],
    [`${organizationId},acme-42,5,Order,,x`, 'both_ids', 'external_id'],
    ['org_none,,5,Order,,x', 'unknown_customer', 'organization_id'],
    [',acme-42,0,Order,,x', 'not_an_amount', 'amount'],
    [',acme-42,"1,000",Order,,x', 'not_an_amount', 'amount'],
    [',acme-42,0.0000000001,Order,,x', 'not_an_amount', 'amount'],
    [`,acme-42,5,${'n'.repeat(101)},,x`, 'unfit_text', 'name'],
    [',acme-42,5,"two\nlines",,x', 'unfit_text', 'name'],
    [`,acme-42,5,Order,,${'x'.repeat(201)}`, 'unfit_text', 'reference'],
    [',acme-42,5,Order,31/12/2099,x', 'not_a_time', 'expires_at'],
    [',acme-42,5,Order,2099-02-30,x', 'not_a_time', 'expires_at'],
    [',acme-42,5,Order,2020-01-01,x', 'time_is_over', 'expires_at'],
  ])('finds what is wrong with %j', async (line, what, column) => {
    const problem = column === undefined ? { what } : { what, column };
    expect((await check(csvOf(line))).body).toMatchObject({
      wrong: 1,
      lines: [{ line: 2, state: 'wrong', problems: expect.arrayContaining([problem]) }],
    });
  });

  it('finds a reference that stands twice, a kind that there is not, and a customer that is closed', async () => {
    const twice = csvOf(',acme-42,5,Order,,x', ',acme-42,5,Order,,x');
    expect((await check(twice)).body).toMatchObject({
      lines: [{ state: 'new' }, { problems: [{ what: 'repeated', column: 'reference' }] }],
    });
    const kinds = 'Amount,NAME, reference ,external_id,kind\n5,Gift,x,acme-42,promotional\n5,Gift,y,acme-42,allotment';
    expect((await check(kinds)).body).toMatchObject({
      lines: [{ state: 'new' }, { problems: [{ what: 'not_a_kind', column: 'kind' }] }],
    });
    const [acme] = [...plane.state.people.organizations.values()].filter(({ externalId }) => externalId === 'acme-42');
    await plane.call('POST', `/organizations/${acme?.id}/close`, { reason: 'moved' });
    expect((await check(csvOf(',acme-42,5,Order,,x'))).body).toMatchObject({
      lines: [{ problems: [{ what: 'closed_customer', column: 'external_id' }] }],
    });
  });

  it.each([
    ['', 'line 1 has no head'],
    [HEAD, 'line 1 has no head'],
    ['amount,name,external_id\n5,Order,acme-42', 'line 1 does not name the column reference'],
    ['amount,name,reference\n5,Order,x', 'line 1 names neither'],
    ['amount,name,reference,external_id,amount\n5,Order,x,acme-42,5', 'line 1 names a column twice'],
    ['amount,name,reference,external_id,when\n5,Order,x,acme-42,5', 'line 1 names a column that there is not: when'],
    [csvOf(',acme-42,5,Order,,x', ',acme-42,5,"Order,,y'), 'line 3 has a quotation mark'],
    [csvOf(...Array.from({ length: LIST_LINES_MAX + 1 }, () => ',a,5,n,,x')), 'more than 5000 lines'],
  ])('is none: %j', async (csv, says) => {
    const answer = await check(csv);
    expect(answer).toMatchObject({ status: 400, body: { error: { param: 'csv' } } });
    expect(answer.text).toContain(says);
  });

  it('stands in the audit log by what was given', async () => {
    await give(good);
    const [act] = plane.state.acts.filter(({ act }) => act.action === 'giveCreditList');
    expect(act?.ending).toMatchObject({ outcome: 'done', targetId: 'order-1' });
  });
});
