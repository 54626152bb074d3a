import { Link } from '@tanstack/react-router';
import { useAsk } from '../../api/hooks.ts';
import { useAddress } from '../../app/address.ts';
import { usePlace } from '../../app/session.tsx';
import { ZONE } from '../../format/times.ts';
import { Card, Empty, Loading, Problem } from '../../ui/parts.tsx';
import { Charts } from '../../usage/charts.tsx';
import { granularityFor, rangeNamed, rangeOf } from '../../usage/range.ts';
import { RangeChoice } from '../../usage/range-choice.tsx';
import { Tiles } from '../../usage/tiles.tsx';
import { useMinute } from '../../usage/use-minute.ts';
import { useWords } from '../../words/index.ts';

/** What was called with one key over a time, against the time before. */
export function KeyUsage({ keyId }: { readonly keyId: string }) {
  const { t } = useWords();
  const { organizationId } = usePlace();
  const { said, say } = useAddress();
  const name = rangeNamed(said['range']);
  const range = rangeOf(name, useMinute());
  const filters = { key_id: keyId };
  const asked = useAsk(
    'exploreUsage',
    { query: { ...range, ...filters, time_zone: ZONE, granularity: granularityFor(range), compare: 'previous' } },
    { keepsLast: true },
  );
  return (
    <section aria-label={t('keys.usage')} className="flex flex-col gap-4">
      <header className="flex flex-wrap items-center justify-between gap-2">
        <h2 className="font-semibold">{t('keys.usage')}</h2>
        <div className="flex flex-wrap items-center gap-3">
          <Link
            to="/$organizationId/usage"
            params={{ organizationId }}
            search={{ key: keyId, range: name }}
            className="text-[13px] text-accent hover:underline"
          >
            {t('keys.explore')}
          </Link>
          <RangeChoice value={name} onChange={(range) => say({ range }, 'replaced')} />
        </div>
      </header>
      <Problem error={asked.error} onRetry={() => void asked.refetch()} />
      {asked.data === undefined && asked.error === null && <Loading rows={6} />}
      {asked.data?.totals.requests === 0 && (
        <Card>
          <Empty icon="usage" title={t('overview.emptyTitle')} text={t('keys.noUsage')} />
        </Card>
      )}
      {asked.data !== undefined && asked.data.totals.requests !== 0 && (
        <>
          <Tiles totals={asked.data.totals} before={asked.data.previous_totals} />
          <Charts explored={asked.data} range={range} filters={filters} />
        </>
      )}
    </section>
  );
}
