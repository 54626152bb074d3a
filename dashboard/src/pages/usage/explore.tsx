import { Link } from '@tanstack/react-router';
import { useAsk } from '../../api/hooks.ts';
import { KeyLink } from '../../app/key-link.tsx';
import { usePlace } from '../../app/session.tsx';
import { fillOf } from '../../charts/colours.ts';
import { StackedBars } from '../../charts/stacked-bars.tsx';
import { ZONE } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { Card, Empty, Loading, Notice, PageHeader, Problem } from '../../ui/parts.tsx';
import { type Explored, valueOf, writerOf } from '../../usage/measures.ts';
import { useNamesOf } from '../../usage/names.ts';
import { useMinute } from '../../usage/use-minute.ts';
import { useWords } from '../../words/index.ts';
import { Choices } from './choices.tsx';
import { Filters } from './filters.tsx';
import { GroupTable } from './group-table.tsx';
import { RecordsLink } from './records-link.tsx';
import { downloadTable } from './table-file.ts';
import { UsageTabs } from './usage-tabs.tsx';
import { useView } from './view.ts';

/** Usage cut by any dimension, over any time: a chart, and the table that says the same in numbers. */
export function Explore() {
  const { t, language } = useWords();
  const { organizationId } = usePlace();
  const { view, change } = useView(useMinute());
  const nameOf = useNamesOf(view.dimension);
  const explored = useAsk(
    'exploreUsage',
    {
      query: {
        ...view.range,
        ...view.filters,
        time_zone: ZONE,
        granularity: view.step,
        group_by: view.dimension,
        order_by: view.measure === 'cost' ? 'cost' : 'requests',
        top: 10,
      },
    },
    { keepsLast: true },
  );
  const titleOf = ({ value, is_rest }: Explored['groups'][number]): string =>
    value === undefined ? (is_rest === true ? t('overview.rest') : t('overview.noValue')) : nameOf(value);
  const { data } = explored;
  return (
    <>
      <PageHeader title={t('usage.title')} intro={t('usage.zone', { zone: ZONE })}>
        <RecordsLink view={view} />
        <Button
          icon="download"
          disabled={data === undefined}
          onClick={() =>
            data !== undefined && downloadTable(data, { title: t(`usage.dimensions.${view.dimension}`), titleOf })
          }
        >
          {t('usage.download')}
        </Button>
      </PageHeader>
      <UsageTabs current="explore" />
      <Choices view={view} onChange={change} />
      <Filters view={view} onChange={change} />
      <Problem error={explored.error} onRetry={() => void explored.refetch()} />
      {data === undefined && explored.error === null && <Loading rows={10} />}
      {data?.capped === true && <Notice tone="warn">{t('usage.capped')}</Notice>}
      {data?.totals.requests === 0 && (
        <Card>
          <Empty icon="usage" title={t('overview.emptyTitle')} text={t('overview.emptyText')}>
            <Link to="/$organizationId/start" params={{ organizationId }} className="text-accent underline">
              {t('app.pages.start')}
            </Link>
          </Empty>
        </Card>
      )}
      {data !== undefined && data.totals.requests !== 0 && (
        <div className="flex flex-col gap-4">
          <Card title={t(`usage.measures.${view.measure}`)}>
            <StackedBars
              label={t(`usage.measures.${view.measure}`)}
              buckets={data.buckets}
              series={data.groups.map((group, index) => ({
                key: group.value ?? (group.is_rest === true ? '(rest)' : '(none)'),
                name: titleOf(group),
                fill: fillOf(index, group.is_rest),
                values: (group.points ?? []).map((point) => valueOf(point, view.measure)),
              }))}
              write={writerOf(view.measure, language)}
            />
          </Card>
          <Card title={t(`usage.dimensions.${view.dimension}`)}>
            <GroupTable
              explored={data}
              titleOf={titleOf}
              onOnly={(value) => change({ [view.dimension]: value })}
              linkOf={
                view.dimension === 'key'
                  ? (value) =>
                      // A key without a name is gone, or somebody else's to see.
                      nameOf(value) !== value && (
                        <KeyLink id={value} label={`${t('usage.openKey')}: ${nameOf(value)}`}>
                          {t('usage.openKey')}
                        </KeyLink>
                      )
                  : undefined
              }
            />
          </Card>
        </div>
      )}
    </>
  );
}
