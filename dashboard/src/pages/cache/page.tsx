import { useState } from 'react';
import type { Answer } from '../../api/call.ts';
import { useAsk } from '../../api/hooks.ts';
import { mayManage, usePlace } from '../../app/session.tsx';
import { fillOf, GOOD } from '../../charts/colours.ts';
import { StackedBars } from '../../charts/stacked-bars.tsx';
import { count, dollars, percent } from '../../format/amounts.ts';
import { dateTime } from '../../format/times.ts';
import { Act } from '../../ui/act.tsx';
import { ChoiceTabs } from '../../ui/choice-tabs.tsx';
import { Code } from '../../ui/code.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Card, Empty, Loading, PageHeader, Problem } from '../../ui/parts.tsx';
import { Tile } from '../../ui/tile.tsx';
import { useWords } from '../../words/index.ts';
import { bucketsOf } from './buckets.ts';

const RANGES = ['day', 'week', 'month'] as const;
const DAYS = { day: 1, week: 7, month: 30 };
const EVERY_MS = 30_000;
const EXAMPLE = 'x-hub-cache: on, ttl=600';

type Said = Answer<'getCache'>;

/** How often answers were given again, what that saved, and who has them kept. */
export function Page() {
  const { t } = useWords();
  const place = usePlace();
  const [range, setRange] = useState<(typeof RANGES)[number]>('week');
  const said = useAsk('getCache', { query: { days: DAYS[range] } }, { everyMs: EVERY_MS, keepsLast: true });
  return (
    <>
      <PageHeader title={t('cache.title')} intro={t('cache.intro')}>
        {mayManage(place) && (
          <Act
            operation="clearCache"
            taken={{}}
            changes={['getCache']}
            label={t('cache.clear')}
            icon="trash"
            confirm={t('cache.clearText')}
            done={t('cache.cleared')}
          />
        )}
      </PageHeader>
      <ChoiceTabs
        label={t('cache.range')}
        tabs={RANGES.map((name) => ({ name, title: t(`cache.ranges.${name}`) }))}
        open={range}
        onOpen={setRange}
      />
      <Problem error={said.error} />
      {said.data === undefined ? <Loading rows={6} /> : <Counted said={said.data} days={DAYS[range]} />}
      <How said={said.data} />
    </>
  );
}

function Counted({ said, days }: { readonly said: Said; readonly days: number }) {
  const { t, language } = useWords();
  const { hits, misses, saved_nano_usd: saved } = said;
  if (hits + misses === 0)
    return (
      <Card className="mb-4">
        <Empty icon="cache" title={t('cache.emptyTitle')} text={t('cache.emptyText')} />
      </Card>
    );
  const { buckets, hitsOf, missesOf } = bucketsOf(said.hours, days, Date.now());
  return (
    <div className="mb-4 flex flex-col gap-4">
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-line bg-line lg:grid-cols-4">
        <Tile name={t('cache.rate')} value={percent(hits / (hits + misses), language)}>
          {t('cache.rateOf', { count: hits + misses })}
        </Tile>
        <Tile name={t('cache.hits')} value={count(hits, language, 'narrow')}>
          {t('cache.hitsText')}
        </Tile>
        <Tile name={t('cache.misses')} value={count(misses, language, 'narrow')}>
          {t('cache.missesText')}
        </Tile>
        {saved !== undefined && (
          <Tile name={t('cache.saved')} value={dollars(saved, language)}>
            {t('cache.savedText')}
          </Tile>
        )}
      </dl>
      <Card title={t('cache.chart')}>
        <StackedBars
          label={t('cache.chart')}
          buckets={buckets}
          series={[
            { key: 'hits', name: t('cache.hits'), fill: GOOD, values: hitsOf },
            { key: 'misses', name: t('cache.misses'), fill: fillOf(0, true), values: missesOf },
          ]}
          write={(value) => count(value, language)}
        />
      </Card>
    </div>
  );
}

function How({ said }: { readonly said: Said | undefined }) {
  const { t, language } = useWords();
  return (
    <Card title={t('cache.how')}>
      <div className="flex flex-col gap-3">
        <p>{t('cache.howKey')}</p>
        <p>{t('cache.howHeader')}</p>
        <Code text={EXAMPLE} />
        <p className="text-dim">{t('cache.howSame')}</p>
        {said !== undefined && (
          <Facts
            facts={[
              { name: t('cache.store'), value: t(`cache.stores.${said.store}`) },
              { name: t('cache.charge'), value: t(said.charged ? 'cache.chargedFull' : 'cache.chargedNothing') },
              {
                name: t('cache.clearedAt'),
                value: said.cleared_at === undefined ? undefined : dateTime(said.cleared_at, language),
              },
            ]}
          />
        )}
      </div>
    </Card>
  );
}
