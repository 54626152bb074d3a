import { type Answer, addressOf } from '../../api/call.ts';
import { useAsk } from '../../api/hooks.ts';
import { useAddress } from '../../app/address.ts';
import { usePlace } from '../../app/session.tsx';
import { count, dollars } from '../../format/amounts.ts';
import { ZONE } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { DownloadLink } from '../../ui/download-link.tsx';
import { NamedSelect } from '../../ui/field.tsx';
import { Card, Empty, Loading, Notice, PageHeader, Problem } from '../../ui/parts.tsx';
import { Table } from '../../ui/table.tsx';
import { useMinute } from '../../usage/use-minute.ts';
import { useWords } from '../../words/index.ts';
import { monthName, monthsUpTo } from './months.ts';
import { UsageTabs } from './usage-tabs.tsx';

const PARTS = ['team', 'project', 'tag'] as const;
type Part = (typeof PARTS)[number];
type Report = Answer<'getChargeback'>;
type Row = Report['rows'][number];

/** What each part of the organization has used and cost in a month: to look at, to save and to print. */
export function Chargeback() {
  const { t, language } = useWords();
  const { name: organization } = usePlace();
  const view = useView();
  const report = useAsk('getChargeback', { query: view.query }, { keepsLast: true });
  const { data } = report;
  const month = monthName(view.query.month, language);
  return (
    <>
      <PageHeader
        title={t('usage.title')}
        intro={t('usage.chargeback.intro', { organization, month, zone: view.query.time_zone })}
      />
      <div className="print:hidden">
        <UsageTabs current="chargeback" />
      </div>
      <Card title={t('usage.chargeback.of', { part: t(`usage.dimensions.${view.by}`), month })}>
        <Controls view={view} tags={data?.tags ?? []} tag={data?.tag} />
        <Problem error={report.error} onRetry={() => void report.refetch()} />
        {data === undefined && report.error === null && <Loading rows={6} />}
        {data !== undefined && <Rows report={data} by={view.by} isOver={view.isOver} />}
      </Card>
    </>
  );
}

/** What the page looks at: all of it stands in the address. */
function useView() {
  const { said, say } = useAddress();
  const nowMs = useMinute();
  const zones = [...new Set([ZONE, 'UTC', ...Intl.supportedValuesOf('timeZone')])];
  const zone = zones.find((one) => one === said['zone']) ?? ZONE;
  const months = monthsUpTo(nowMs, zone);
  const [current = ''] = months;
  const month = months.find((one) => one === said['month']) ?? current;
  const by = PARTS.find((one) => one === said['by']) ?? 'team';
  const tag = by === 'tag' ? said['tag'] : undefined;
  const query = { month, time_zone: zone, by, ...(tag === undefined ? {} : { tag }) };
  return { zones, months, by, query, isOver: month !== current, say };
}

type View = ReturnType<typeof useView>;
type ControlsProps = { readonly view: View; readonly tags: readonly string[]; readonly tag: string | undefined };

function Controls({ view: { zones, months, by, query, say }, tags, tag }: ControlsProps) {
  const { t, language } = useWords();
  const { organizationId } = usePlace();
  const fileOf = (format: 'csv' | 'jsonl') =>
    addressOf('exportChargeback', { query: { ...query, format, organization_id: organizationId } });
  return (
    <div className="mb-3 flex flex-wrap items-center gap-3 print:hidden">
      <NamedSelect
        label={t('usage.chargeback.month')}
        value={query.month}
        onChange={({ target }) => say({ month: target.value })}
      >
        {months.map((one) => (
          <option key={one} value={one}>
            {monthName(one, language)}
          </option>
        ))}
      </NamedSelect>
      <NamedSelect label={t('usage.groupBy')} value={by} onChange={({ target }) => say({ by: target.value })}>
        {PARTS.map((one) => (
          <option key={one} value={one}>
            {t(`usage.dimensions.${one}`)}
          </option>
        ))}
      </NamedSelect>
      {tags.length > 0 && (
        <NamedSelect
          label={t('usage.chargeback.tag')}
          value={tag}
          onChange={({ target }) => say({ tag: target.value })}
        >
          {[...new Set([...tags, ...(tag === undefined ? [] : [tag])])].map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </NamedSelect>
      )}
      <NamedSelect
        label={t('usage.chargeback.zone')}
        value={query.time_zone}
        onChange={({ target }) => say({ zone: target.value })}
      >
        {zones.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </NamedSelect>
      <span className="flex flex-wrap gap-2 lg:ml-auto">
        <DownloadLink href={fileOf('csv')} label={t('usage.chargeback.csvLabel')}>
          CSV
        </DownloadLink>
        <DownloadLink href={fileOf('jsonl')} label={t('usage.chargeback.jsonLabel')}>
          JSON
        </DownloadLink>
        <Button onClick={() => window.print()}>{t('usage.chargeback.print')}</Button>
      </span>
    </div>
  );
}

type RowsProps = { readonly report: Report; readonly by: Part; readonly isOver: boolean };

function Rows({ report, by, isOver }: RowsProps) {
  const { t, language } = useWords();
  const { rows, total, capped } = report;
  if (rows.length === 0) {
    return <Empty icon="usage" title={t('usage.chargeback.nothing')} text={t('usage.chargeback.nothingText')} />;
  }
  const unpriced = total.unpriced_requests;
  return (
    <div className="flex flex-col gap-3">
      {!isOver && <Notice tone="calm">{t('usage.chargeback.notOver')}</Notice>}
      {capped === true && <Notice tone="warn">{t('usage.chargeback.capped')}</Notice>}
      {unpriced > 0 && (
        <Notice tone="warn">
          {t('usage.chargeback.unpriced', { count: unpriced, text: count(unpriced, language) })}
        </Notice>
      )}
      <ReportTable report={report} by={by} />
    </div>
  );
}

type Line = { readonly key: string; readonly row: Row | undefined; readonly sums: Report['total'] };

function ReportTable({ report: { rows, total }, by }: { readonly report: Report; readonly by: Part }) {
  const { t, language } = useWords();
  const lines: readonly Line[] = [
    ...rows.map((row) => ({ key: `row ${row.value ?? ''}`, row, sums: row })),
    { key: 'total', row: undefined, sums: total },
  ];
  const counted = (name: 'requests' | 'failed_requests' | 'tokens') => ({
    name,
    isNumber: true,
    cell: ({ sums }: Line) => count(sums[name], language),
  });
  const titleOf = ({ value, name }: Row) => name ?? value ?? t(`usage.chargeback.none.${by}`);
  return (
    <Table
      label={t('usage.chargeback.title')}
      rows={lines}
      keyOf={({ key }) => key}
      columns={[
        {
          name: 'name',
          head: t(`usage.dimensions.${by}`),
          cell: ({ row }) =>
            row === undefined ? (
              <span className="font-semibold">{t('usage.total')}</span>
            ) : (
              <span className={`wrap-anywhere ${row.value === undefined ? 'text-dim' : ''}`}>{titleOf(row)}</span>
            ),
        },
        { ...counted('requests'), head: t('overview.requests') },
        { ...counted('failed_requests'), head: t('overview.failed'), isMinor: true },
        { ...counted('tokens'), head: t('overview.tokens') },
        {
          name: 'cost',
          head: t('overview.cost'),
          isNumber: true,
          cell: ({ row, sums }) => (
            <span className={row === undefined ? 'font-semibold' : ''}>{dollars(sums.cost_nano_usd, language)}</span>
          ),
        },
      ]}
    />
  );
}
