import { Link } from '@tanstack/react-router';
import { type Answer, addressOf, type Taken } from '../../api/call.ts';
import { useAsk } from '../../api/hooks.ts';
import { useAddress } from '../../app/address.ts';
import { useCredits } from '../../app/credits.ts';
import { BAD, fillOf } from '../../charts/colours.ts';
import { StackedBars } from '../../charts/stacked-bars.tsx';
import { count, dollars, marginPercent } from '../../format/amounts.ts';
import { date, ZONE } from '../../format/times.ts';
import { DownloadLink } from '../../ui/download-link.tsx';
import { NamedSelect } from '../../ui/field.tsx';
import { Card, Empty, Loading, Notice, Problem } from '../../ui/parts.tsx';
import { Table } from '../../ui/table.tsx';
import { Tile } from '../../ui/tile.tsx';
import { type ChosenTime, chosenTime, TimeChoice } from '../../usage/time-choice.tsx';
import { useMinute } from '../../usage/use-minute.ts';
import { useWords } from '../../words/index.ts';
import { CreditHeader } from './credit-header.tsx';

const STEPS = ['day', 'week', 'month'] as const;
const PARTS = ['period', 'organization', 'model'] as const;
type Part = (typeof PARTS)[number];
type Report = Answer<'getRevenue'>;
type Sums = Report['total'];

/** What the operator earned, and what that cost, over time. */
export function Revenue() {
  const { t } = useWords();
  const view = useView();
  const asked = useAsk('getRevenue', { query: view.query }, { keepsLast: true });
  const { data } = asked;
  const isEmpty = data?.organizations.length === 0;
  return (
    <>
      <CreditHeader current="revenue">
        <DownloadLink href={addressOf('exportRevenue', { query: { ...view.query, by: view.by, format: 'csv' } })}>
          {t('credit.revenue.csv')}
        </DownloadLink>
      </CreditHeader>
      <p className="mb-3 max-w-prose text-dim">
        {t('credit.revenue.text')} {t('credit.revenue.intro', { zone: ZONE })}
      </p>
      <Controls view={view} />
      <Problem error={asked.error} onRetry={() => void asked.refetch()} />
      {data === undefined && asked.error === null && <Loading rows={10} />}
      {isEmpty && (
        <Card>
          <Empty icon="credit" title={t('credit.revenue.none')} text={t('credit.revenue.noneText')} />
        </Card>
      )}
      {data !== undefined && !isEmpty && <Shown report={data} by={view.by} />}
    </>
  );
}

/** What the page looks at: all of it stands in the address. */
function useView() {
  const { said, say } = useAddress();
  const chosen = chosenTime({ ...said, range: said['range'] ?? '30d' }, useMinute());
  const step = STEPS.find((one) => one === said['step']) ?? 'day';
  const by = PARTS.find((one) => one === said['by']) ?? 'period';
  const query = { ...chosen.range, time_zone: ZONE, granularity: step } satisfies Taken<'getRevenue'>['query'];
  return { ...chosen, step, by, query, say };
}

type View = ChosenTime & Pick<ReturnType<typeof useView>, 'step' | 'by' | 'say'>;

function Controls({ view }: { readonly view: View }) {
  const { t } = useWords();
  const { step, by, say } = view;
  return (
    <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
      <TimeChoice chosen={view} onChange={say} />
      <NamedSelect label={t('usage.granularity')} value={step} onChange={({ target }) => say({ step: target.value })}>
        {STEPS.map((one) => (
          <option key={one} value={one}>
            {t(`usage.steps.${one}`)}
          </option>
        ))}
      </NamedSelect>
      <NamedSelect label={t('credit.revenue.by')} value={by} onChange={({ target }) => say({ by: target.value })}>
        {PARTS.map((one) => (
          <option key={one} value={one}>
            {t(`credit.revenue.parts.${one}`)}
          </option>
        ))}
      </NamedSelect>
    </div>
  );
}

function Shown({ report, by }: { readonly report: Report; readonly by: Part }) {
  const { t, language } = useWords();
  const unpriced = report.total.unpriced_calls;
  const more = { period: 0, organization: report.more_organizations, model: report.more_models }[by];
  return (
    <div className="flex flex-col gap-4">
      {unpriced > 0 && (
        <Notice tone="warn">
          {t('credit.revenue.unpriced', { count: unpriced, shown: count(unpriced, language) })}
        </Notice>
      )}
      <Totals total={report.total} />
      <Card title={t('credit.revenue.chart')}>
        <Chart periods={report.periods} />
      </Card>
      <Card title={t(`credit.revenue.parts.${by}`)}>
        <RevenueTable report={report} by={by} />
        {more > 0 && (
          <p className="mt-3 text-dim">{t('credit.revenue.more', { count: more, shown: count(more, language) })}</p>
        )}
      </Card>
    </div>
  );
}

function Totals({ total }: { readonly total: Sums }) {
  const { t, language } = useWords();
  const { amount } = useCredits();
  const { charged, refunded, margin_percent: percent } = total;
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-line bg-line lg:grid-cols-4">
      <Tile name={t('credit.revenue.revenue')} value={amount(total.revenue)}>
        {t('credit.revenue.revenueNote', { charged: amount(charged), refunded: amount(refunded) })}
      </Tile>
      <Tile name={t('credit.revenue.bought')} value={amount(total.revenue_bought)}>
        {t('credit.revenue.given', { amount: amount(total.revenue_given) })}
      </Tile>
      <Tile name={t('credit.revenue.cost')} value={amount(total.cost)}>
        {t('credit.revenue.costNote', { dollars: dollars(total.cost_nano_usd, language) })}
      </Tile>
      <Tile name={t('credit.revenue.margin')} value={amount(total.margin)} isBad={isBelowZero(total.margin)}>
        {percent === undefined
          ? t('credit.revenue.noCost')
          : t('credit.revenue.marginOfCost', { percent: marginPercent(percent, language) })}
      </Tile>
    </dl>
  );
}

/** Each bar is as high as the revenue, or as the cost where that is more; a drawing needs no more places than it has dots. */
function Chart({ periods }: { readonly periods: Report['periods'] }) {
  const { t } = useWords();
  const { amount } = useCredits();
  const drawn = periods.map((sums) => ({ revenue: Number(sums.revenue), cost: Number(sums.cost) }));
  const series = [
    {
      key: 'covered',
      name: t('credit.revenue.covered'),
      fill: fillOf(1),
      values: drawn.map(({ revenue, cost }) => Math.max(0, Math.min(revenue, cost))),
    },
    {
      key: 'margin',
      name: t('credit.revenue.margin'),
      fill: fillOf(0),
      values: drawn.map(({ revenue, cost }) => Math.max(0, revenue - Math.max(0, cost))),
    },
    {
      key: 'uncovered',
      name: t('credit.revenue.uncovered'),
      fill: BAD,
      values: drawn.map(({ revenue, cost }) => Math.max(0, cost - Math.max(0, revenue))),
    },
  ];
  return (
    <StackedBars
      label={t('credit.revenue.chart')}
      buckets={periods.map(({ from, to }) => ({ start: from, end: to }))}
      series={series.filter(({ key, values }) => key !== 'uncovered' || values.some((value) => value > 0))}
      write={(value) => amount(String(Number(value.toFixed(9))))}
    />
  );
}

type Row = Report['periods'][number] | Report['organizations'][number] | Report['models'][number];
type Line = { readonly key: string; readonly row: Row | undefined; readonly sums: Sums };

function RevenueTable({ report, by }: { readonly report: Report; readonly by: Part }) {
  const { t, language } = useWords();
  const { amount } = useCredits();
  const rows: readonly Row[] = { period: report.periods, organization: report.organizations, model: report.models }[by];
  const lines: readonly Line[] = [
    ...rows.map((row) => ({ key: `row ${keyOf(row)}`, row, sums: row })),
    { key: 'total', row: undefined, sums: report.total },
  ];
  const credit = (name: 'revenue' | 'revenue_bought' | 'refunded' | 'cost' | 'margin') => ({
    name,
    isNumber: true,
    cell: ({ sums }: Line) => (
      <span className={name === 'margin' && isBelowZero(sums.margin) ? 'text-bad' : ''}>{amount(sums[name])}</span>
    ),
  });
  return (
    <Table
      label={t(`credit.revenue.parts.${by}`)}
      rows={lines}
      keyOf={({ key }) => key}
      columns={[
        { name: 'name', head: t(`credit.revenue.parts.${by}`), cell: ({ row }) => <RowName row={row} /> },
        { ...credit('revenue'), head: t('credit.revenue.revenue') },
        { ...credit('revenue_bought'), head: t('credit.revenue.bought'), isMinor: true },
        { ...credit('refunded'), head: t('credit.revenue.refunded'), isMinor: true },
        { ...credit('cost'), head: t('credit.revenue.cost') },
        { ...credit('margin'), head: t('credit.revenue.margin') },
        {
          name: 'percent',
          head: t('credit.revenue.percent'),
          isNumber: true,
          isMinor: true,
          cell: ({ sums }) => (sums.margin_percent === undefined ? '–' : marginPercent(sums.margin_percent, language)),
        },
      ]}
    />
  );
}

function RowName({ row }: { readonly row: Row | undefined }) {
  const { t, language } = useWords();
  if (row === undefined) return <span className="font-semibold">{t('usage.total')}</span>;
  if ('from' in row) return <span className="whitespace-nowrap">{date(row.from, language)}</span>;
  if (!('organization_id' in row)) {
    const { model } = row;
    return (
      <span className={`wrap-anywhere ${model === undefined ? 'text-dim' : ''}`}>
        {model ?? t('credit.revenue.gone')}
      </span>
    );
  }
  return (
    <Link
      to="/$organizationId/credit"
      params={{ organizationId: row.organization_id }}
      className="font-medium wrap-anywhere hover:text-accent hover:underline"
    >
      {row.name ?? row.organization_id}
    </Link>
  );
}

function keyOf(row: Row): string {
  if ('from' in row) return row.from;
  return 'organization_id' in row ? row.organization_id : (row.model ?? '');
}

function isBelowZero(text: string): boolean {
  return text.startsWith('-');
}
