import { z } from 'zod';
import { formatCredits, formatUsd, lessCredits } from '../../kernel/money.ts';
import { REVENUE_STEPS, type Revenue, type RevenueQuery, type RevenueSums } from '../../records/revenue.ts';
import { exportFormatField } from '../exports.ts';
import { costFields, fromTime, timeField, timeInputField, toCost, toTime } from '../fields.ts';
import { zoneField } from '../usage/explore-schema.ts';
import { creditsField } from './schema.ts';

const ROWS_MAX = 1000;
const ROWS_DEFAULT = 200;

const fields = {
  from: timeInputField,
  to: timeInputField,
  time_zone: zoneField,
  granularity: z
    .enum(REVENUE_STEPS)
    .default('day')
    .describe('The length of the periods. Weeks begin on Monday. At most 1,500 periods.'),
};
export const revenueQuery = z.strictObject({
  ...fields,
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(ROWS_MAX)
    .default(ROWS_DEFAULT)
    .describe('How many organizations and how many models are told one by one; the file has them all.'),
});
const PARTS = ['period', 'organization', 'model'] as const;
export const revenueExportQuery = z.strictObject({
  ...fields,
  by: z.enum(PARTS).default('period').describe('What each line is about.'),
  format: exportFormatField.default('csv'),
});

const sumFields = {
  charged: creditsField.describe('What calls took, and corrections of that.'),
  refunded: creditsField,
  revenue: creditsField.describe('Charged less refunded.'),
  revenue_bought: creditsField.describe('As much of it as was paid for with grants of kind `purchased`.'),
  revenue_given: creditsField.describe('The rest: paid for with credit that was given, which is no income.'),
  ...costFields,
  cost: creditsField.describe('The same in credits: the sum, rounded up once to a whole nano-credit.'),
  margin: creditsField.describe('Revenue less cost.'),
  margin_percent: z
    .string()
    .optional()
    .describe('The margin in percent of the cost, cut down to four places; missing where nothing was spent.'),
  unpriced_calls: z.int().describe('Calls whose cost nobody knows, which is in no sum. Corrections count one less.'),
};

const periodSchema = z.strictObject({ from: timeField, to: timeField, ...sumFields });
const organizationSchema = z.strictObject({ organization_id: z.string(), name: z.string().optional(), ...sumFields });
const modelSchema = z.strictObject({
  model: z.string().optional().describe('Missing: of calls that are on record no more.'),
  ...sumFields,
});

export const revenueSchema = z.strictObject({
  from: timeField,
  to: timeField,
  time_zone: z.string(),
  granularity: z.enum(REVENUE_STEPS),
  credit_price_usd: z.string().describe('What one credit is worth, by which cost becomes credits.'),
  total: z.strictObject(sumFields),
  periods: z.array(periodSchema).describe('One after the other, also where nothing was earned.'),
  organizations: z.array(organizationSchema).describe('What earned most first, each in full.'),
  more_organizations: z.int().nonnegative().describe('How many there are besides; the total holds them, too.'),
  models: z.array(modelSchema).describe('As sums of usage name them: as the model was sent upstream.'),
  more_models: z.int().nonnegative(),
});

export type ShownRevenue = z.output<typeof revenueSchema>;
type Query = Omit<z.output<typeof revenueQuery>, 'limit'>;

export function toRevenueQuery({ from, to, time_zone: timeZone, granularity }: Query): RevenueQuery {
  return { fromMs: fromTime(from), toMs: fromTime(to), timeZone, granularity };
}

/** `limit`: how many organizations and models are told, each; without one, all. */
export function toRevenue(
  { time_zone, granularity, limit }: Query & { readonly limit?: number },
  found: Revenue,
): ShownRevenue {
  const { edges, creditPrice, total, periods, organizations, models } = found;
  const at = (index: number): string => toTime(edges[index] ?? 0);
  return {
    from: at(0),
    to: at(edges.length - 1),
    time_zone,
    granularity,
    credit_price_usd: formatUsd(creditPrice),
    total: toSums(total),
    periods: periods.map((sums, index) => ({ from: at(index), to: at(index + 1), ...toSums(sums) })),
    organizations: organizations.slice(0, limit).map(({ value = '', name, sums }) => ({
      organization_id: value,
      name,
      ...toSums(sums),
    })),
    more_organizations: moreThan(organizations, limit),
    models: models.slice(0, limit).map(({ value, sums }) => ({ model: value, ...toSums(sums) })),
    more_models: moreThan(models, limit),
  };
}

function moreThan(all: readonly unknown[], limit: number | undefined): number {
  return Math.max(all.length - (limit ?? all.length), 0);
}

function toSums(sums: RevenueSums) {
  return {
    charged: formatCredits(sums.chargedNano),
    refunded: formatCredits(sums.refundedNano),
    revenue: formatCredits(sums.revenueNano),
    revenue_bought: formatCredits(sums.boughtNano),
    revenue_given: formatCredits(lessCredits(sums.revenueNano, sums.boughtNano)),
    ...toCost(sums.costUsd),
    cost: formatCredits(sums.costNano),
    margin: formatCredits(sums.marginNano),
    margin_percent: sums.marginPercent,
    unpriced_calls: sums.unpriced,
  };
}

const SUM_COLUMNS = [
  'charged',
  'refunded',
  'revenue',
  'revenue_bought',
  'revenue_given',
  'cost_usd',
  'cost',
  'margin',
  'margin_percent',
  'unpriced_calls',
] as const satisfies readonly (keyof ReturnType<typeof toSums>)[];

/** The columns of the file, and its lines, by what each is about. */
export function linesOf(by: (typeof PARTS)[number], shown: ShownRevenue) {
  switch (by) {
    case 'period':
      return { columns: ['from', 'to', ...SUM_COLUMNS], rows: shown.periods };
    case 'organization':
      return { columns: ['organization_id', 'name', ...SUM_COLUMNS], rows: shown.organizations };
    case 'model':
      return { columns: ['model', ...SUM_COLUMNS], rows: shown.models };
  }
}
