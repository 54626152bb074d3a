import { useAsk } from '../api/hooks.ts';
import { seesCosts, usePlace } from '../app/session.tsx';
import { BAD, fillOf, GOOD } from '../charts/colours.ts';
import { type Series, StackedBars } from '../charts/stacked-bars.tsx';
import { ZONE } from '../format/times.ts';
import { Card, Loading, Problem } from '../ui/parts.tsx';
import { useWords } from '../words/index.ts';
import { type Explored, valueOf, writerOf } from './measures.ts';
import { granularityFor, type Range } from './range.ts';

type ChartsProps = {
  readonly explored: Explored;
  readonly range: Range;
  /** What `explored` is narrowed by. */
  readonly filters?: { readonly key_id?: string };
};

/** Requests with those that failed, and cost by model. */
export function Charts({ explored, range, filters = {} }: ChartsProps) {
  const { t, language } = useWords();
  const measure = seesCosts(usePlace()) ? 'cost' : 'output';
  const title = t(measure === 'cost' ? 'overview.chartCost' : 'overview.chartOutput');
  const byModel = useAsk(
    'exploreUsage',
    { query: { ...range, ...filters, time_zone: ZONE, granularity: granularityFor(range), group_by: 'model', top: 6 } },
    { keepsLast: true },
  );
  const points = explored.groups[0]?.points ?? [];
  const requests: readonly Series[] = [
    {
      key: 'good',
      name: t('usage.statuses.success'),
      fill: GOOD,
      values: points.map((point) => point.requests - point.failed_requests),
    },
    { key: 'bad', name: t('overview.failed'), fill: BAD, values: points.map((point) => point.failed_requests) },
  ];
  return (
    <div className="grid grid-cols-1 gap-4 xl:grid-cols-2">
      <Card title={t('overview.chartRequests')}>
        <StackedBars
          label={t('overview.chartRequests')}
          buckets={explored.buckets}
          series={requests}
          write={writerOf('requests', language)}
        />
      </Card>
      <Card title={title}>
        <Problem error={byModel.error} />
        {byModel.data === undefined ? (
          <Loading rows={6} />
        ) : (
          <StackedBars
            label={title}
            buckets={byModel.data.buckets}
            series={byModel.data.groups.map(({ value, is_rest, points: own }, index) => ({
              key: value ?? (is_rest === true ? 'rest' : 'none'),
              name: value ?? (is_rest === true ? t('overview.rest') : t('overview.noValue')),
              fill: fillOf(index, is_rest),
              values: (own ?? []).map((point) => valueOf(point, measure)),
            }))}
            write={writerOf(measure, language)}
          />
        )}
      </Card>
    </div>
  );
}
