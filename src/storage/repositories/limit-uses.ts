import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import { isJsonObject } from '../../kernel/json.ts';
import type { LimitUsesReader, RecordedUses, UsesBy } from '../../limits/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { fromJsonText, joinHalves, NANO_HALF, orUndefined, wholeNumber } from '../engine.ts';
import { ofOrganization } from './tenant-scope.ts';

const COLUMNS: Record<UsesBy, RawBuilder<string | null>> = {
  organization: sql`NULL`,
  project: sql`r.project_id`,
  member: sql`r.member_id`,
  service_account: sql`r.service_account_id`,
  key: sql`r.key_id`,
  end_user: sql`r.end_user`,
  tags: sql`r.tags`,
};
const INPUT = ['input', 'cached_input', 'cache_write_5m', 'cache_write_1h', 'audio_input', 'image_input'] as const;
const OUTPUT = ['output', 'reasoning', 'audio_output', 'image_output'] as const;

type Row = {
  at: number | string;
  value: string | null;
  requested_model: string | null;
  routed_model: string | null;
  provider_id: string | null;
  requests: number | string | null;
  input_tokens: number | string | null;
  output_tokens: number | string | null;
  money_high: number | string | null;
  money_low: number | string | null;
};

/** Sums of usage records for limits. What was refused used nothing, and is no request that counts. */
export function createLimitUsesReader(database: StoreDatabase): LimitUsesReader {
  return {
    sums: (scope, { sinceMs, bucketMs, by, byModel, money }) =>
      database.within(scope.organizationId).read(async (reading) => {
        const bucket = sql<number>`(r.started_at / ${sql.lit(bucketMs)})`;
        const model = (column: string): RawBuilder<unknown> => (byModel ? sql.ref(`r.${column}`) : sql`NULL`);
        const nano = money === 'price' ? sql`c.amount_nano` : sql`r.cost_nano`;
        const charges = money === 'price' ? sql`LEFT JOIN ledger_charges AS c ON c.id = r.id` : sql``;
        const { rows } = await sql<Row>`
          SELECT ${bucket} AS at, ${COLUMNS[by]} AS value, ${model('requested_model')} AS requested_model,
            ${model('routed_model')} AS routed_model, ${model('provider_id')} AS provider_id,
            SUM(CASE WHEN r.status = 'rejected' OR r.corrects IS NOT NULL THEN 0 ELSE 1 END) AS requests,
            ${tokens(INPUT)} AS input_tokens, ${tokens(OUTPUT)} AS output_tokens,
            SUM(COALESCE(${nano}, 0) / ${sql.lit(NANO_HALF)}) AS money_high,
            SUM(COALESCE(${nano}, 0) % ${sql.lit(NANO_HALF)}) AS money_low
          FROM usage_records AS r ${charges}
          WHERE ${ofOrganization(scope, 'r')} AND r.started_at >= ${sinceMs}
          GROUP BY 1, 2, 3, 4, 5`.execute(reading);
        return rows.map((row) => toUses(row, { bucketMs, by }));
      }),
  };
}

function tokens(classes: readonly string[]): RawBuilder<number> {
  const each = classes.map((name) => sql`COALESCE(${sql.ref(`r.${name}_tokens`)}, 0)`);
  // What an answer had used that was given again was counted then.
  return sql<number>`SUM(CASE WHEN r.usage_basis = 'cached' THEN 0 ELSE ${sql.join(each, sql` + `)} END)`;
}

function toUses(row: Row, { bucketMs, by }: { readonly bucketMs: number; readonly by: UsesBy }): RecordedUses {
  return {
    at: wholeNumber(row.at) * bucketMs,
    value: by === 'tags' ? undefined : orUndefined(row.value),
    tags: by === 'tags' ? toTags(row.value) : undefined,
    requestedModel: orUndefined(row.requested_model),
    routedModel: orUndefined(row.routed_model),
    providerId: orUndefined(row.provider_id),
    requests: wholeNumber(row.requests),
    inputTokens: wholeNumber(row.input_tokens),
    outputTokens: wholeNumber(row.output_tokens),
    moneyNano: joinHalves(row.money_high, row.money_low),
  };
}

function toTags(text: string | null): RecordedUses['tags'] {
  const tags = text === null ? undefined : fromJsonText(text);
  if (!isJsonObject(tags)) return undefined;
  const texts = Object.entries(tags).filter((tag): tag is [string, string] => typeof tag[1] === 'string');
  return Object.fromEntries(texts);
}
