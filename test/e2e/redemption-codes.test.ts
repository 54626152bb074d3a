import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { asObject, callHub, type HubAnswer, listOf, textOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { postgresAvailable, postgresDatabase, type TestDatabase } from '../support/postgres.ts';

/** Codes that are redeemed through two processes at once, and guessed at. */

const postgres = postgresAvailable();

describe.skipIf(!postgres.available)(
  `redemption codes of two instances${postgres.available ? '' : ` (not run: ${postgres.reason})`}`,
  () => {
    let database: TestDatabase;
    let first: HubProcess;
    let second: HubProcess;

    beforeAll(async () => {
      database = await postgresDatabase();
      const environment = {
        HUB_DATABASE_URL: database.url,
        HUB_MASTER_KEY: randomBytes(32).toString('base64'),
        HUB_KEY_PEPPER: randomBytes(32).toString('base64'),
        HUB_CREDIT: 'true',
      };
      first = await startHub({ environment });
      second = await startHub({ environment });
    }, 120_000);
    afterAll(async () => {
      await Promise.all([first?.stop(), second?.stop()]);
      await database?.drop();
    });

    const redeem = (hub: HubProcess, code: string): Promise<HubAnswer> =>
      // The installation owns the first organization, by whichever instance's own token.
      callHub(hub, hub.controlToken, { path: '/control/v1/credit/redemptions', body: { code } });

    async function makeBatch(more: JsonObject = {}): Promise<readonly string[]> {
      const wanted = { name: 'Conference', amount: '2.5', count: 2, ...more };
      const { codes } = asObject(await first.control('POST', '/installation/credit/code-batches', wanted));
      return Array.isArray(codes) ? codes.map((code) => textOf(code)) : [];
    }

    it('give their credit once, however many redeem one at once', async () => {
      const [code = '', other = ''] = await makeBatch();
      const answers = await Promise.all(
        [first, second].flatMap((hub) => Array.from({ length: 10 }, () => redeem(hub, code))),
      );
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ json }) => json['redeemed_before'] === true)).toHaveLength(19);
      expect(await listOf(second, '/credit/accounts')).toMatchObject([{ remaining: '2.5' }]);
      const dump = await dumpOf(database.url);
      for (const secret of [code, other]) {
        expect(dump).not.toContain(secret);
        expect(dump).not.toContain(secret.replaceAll('-', ''));
      }
    });

    it('are not guessed at for long, through whichever instance', async () => {
      const answers: HubAnswer[] = [];
      for (let guess = 0; guess < 40; guess += 1) {
        answers.push(await redeem(guess % 2 === 0 ? first : second, `0000-0000-0000-00${guess + 10}`));
      }
      const refused = answers.filter(({ status }) => status === 429);
      expect(answers.filter(({ status }) => status === 404).length).toBeLessThanOrEqual(30);
      expect(refused.length).toBeGreaterThanOrEqual(10);
      expect(refused[0]).toMatchObject({ error: { code: 'auth.throttled' } });
      expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThan(0);
      // Who knows a code waits as well.
      const [code = ''] = await makeBatch();
      expect((await redeem(first, code)).status).toBe(429);
      expect(await listOf(second, '/credit/accounts')).toMatchObject([{ remaining: '2.5' }]);
    });
  },
);

/** Every row that says anything of codes, as text. */
async function dumpOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const tables = [
    'code_batches',
    'redemption_codes',
    'code_redemptions',
    'owed_grants',
    'audit_entries',
    'idempotency_records',
  ];
  const rows = [];
  for (const table of tables) rows.push(...(await client.query(`SELECT * FROM ${table}`)).rows);
  await client.end();
  return JSON.stringify(rows);
}
