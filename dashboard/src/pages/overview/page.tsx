import { Link } from '@tanstack/react-router';
import { useAsk } from '../../api/hooks.ts';
import { useAddress } from '../../app/address.ts';
import { usePlace } from '../../app/session.tsx';
import { ZONE } from '../../format/times.ts';
import { Card, Empty, Loading, PageHeader, Problem } from '../../ui/parts.tsx';
import { Charts } from '../../usage/charts.tsx';
import { granularityFor, rangeNamed, rangeOf } from '../../usage/range.ts';
import { RangeChoice } from '../../usage/range-choice.tsx';
import { Tiles } from '../../usage/tiles.tsx';
import { useMinute } from '../../usage/use-minute.ts';
import { useWords } from '../../words/index.ts';
import { ByDimension } from './by-dimension.tsx';
import { MyCredit } from './my-credit.tsx';
import { ProviderHealth } from './provider-health.tsx';

/** How much was called, what it cost, how fast it was and what failed, against the time before. */
export function Page() {
  const { t } = useWords();
  const place = usePlace();
  const { said: search, say: change } = useAddress();
  const name = rangeNamed(search['range']);
  const range = rangeOf(name, useMinute());
  const zone = { ...range, time_zone: ZONE };
  const all = useAsk(
    'exploreUsage',
    { query: { ...zone, granularity: granularityFor(range), compare: 'previous' } },
    { keepsLast: true },
  );
  const isEmpty = all.data?.totals.requests === 0;
  return (
    <>
      <PageHeader title={t('overview.title')}>
        <span className="flex items-center gap-1.5 text-[13px] text-dim">
          <span className="size-2 animate-pulse rounded-full bg-good" />
          {t('overview.live')}
        </span>
        <RangeChoice value={name} onChange={(chosen) => change({ range: chosen })} />
      </PageHeader>
      <Problem error={all.error} onRetry={() => void all.refetch()} />
      {all.data === undefined && all.error === null && <Loading rows={8} />}
      {all.data !== undefined && (
        <div className="flex flex-col gap-4">
          <MyCredit />
          <Tiles totals={all.data.totals} before={all.data.previous_totals} />
          {isEmpty ? (
            <Card>
              <Empty icon="overview" title={t('overview.emptyTitle')} text={t('overview.emptyText')}>
                <Link
                  to="/$organizationId/start"
                  params={{ organizationId: place.organizationId }}
                  className="font-medium text-accent underline"
                >
                  {t('app.pages.start')}
                </Link>
              </Empty>
            </Card>
          ) : (
            <>
              <Charts explored={all.data} range={range} />
              <ByDimension range={range} />
            </>
          )}
          {place.isOperator && <ProviderHealth />}
        </div>
      )}
    </>
  );
}
