import { change, count, dollars, duration, percent } from '../format/amounts.ts';
import { Tile } from '../ui/tile.tsx';
import { useWords } from '../words/index.ts';
import { cachedShareOf, inputOf, outputOf, type Totals } from './measures.ts';

type TilesProps = { readonly totals: Totals; readonly before: Totals | undefined };

/** The numbers of the whole time, each with how it changed. */
export function Tiles({ totals, before }: TilesProps) {
  const { t, language } = useWords();
  const tokens = inputOf(totals) + outputOf(totals);
  const failed = shareOf(totals.failed_requests, totals.requests);
  const time = (ms: number | undefined): string => (ms === undefined ? '–' : duration(ms, language));
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-line bg-line lg:grid-cols-4">
      <Tile name={t('overview.requests')} value={count(totals.requests, language, 'narrow')}>
        <Change now={totals.requests} before={before?.requests} write={(value) => count(value, language, 'narrow')} />
      </Tile>
      {totals.cost_nano_usd === undefined ? (
        <Tile
          name={t('overview.succeeded')}
          value={count(totals.requests - totals.failed_requests, language, 'narrow')}
        >
          {percent(1 - failed, language)}
        </Tile>
      ) : (
        <Tile name={t('overview.cost')} value={dollars(totals.cost_nano_usd, language)}>
          {totals.unpriced_requests > 0 ? (
            <span className="text-warn">{t('overview.unpriced', { count: totals.unpriced_requests })}</span>
          ) : (
            <Change
              now={Number(totals.cost_nano_usd)}
              before={before?.cost_nano_usd === undefined ? undefined : Number(before.cost_nano_usd)}
              write={(value) => dollars(BigInt(Math.round(value)), language)}
            />
          )}
        </Tile>
      )}
      <Tile name={t('overview.tokens')} value={count(tokens, language, 'narrow')}>
        {t('overview.input')} {count(inputOf(totals), language, 'narrow')} · {t('overview.output')}{' '}
        {count(outputOf(totals), language, 'narrow')}
      </Tile>
      <Tile name={t('overview.failed')} value={percent(failed, language)} isBad={failed > 0.05}>
        {count(totals.failed_requests, language)}
        {before !== undefined && before.requests > 0 && (
          <>
            {' · '}
            {t('overview.before', { value: percent(shareOf(before.failed_requests, before.requests), language) })}
          </>
        )}
      </Tile>
      <Tile name={t('overview.latency')} value={time(totals.latency_ms.p50)}>
        {t('overview.p95')} {time(totals.latency_ms.p95)}
      </Tile>
      <Tile name={t('overview.firstByte')} value={time(totals.time_to_first_byte_ms.p50)}>
        {t('overview.p95')} {time(totals.time_to_first_byte_ms.p95)}
      </Tile>
      <Tile
        name={t('overview.speed')}
        value={totals.tokens_per_second.p50 === undefined ? '–' : count(totals.tokens_per_second.p50, language)}
      >
        {t('overview.median')}
      </Tile>
      <Tile name={t('overview.cached')} value={percent(cachedShareOf(totals), language)}>
        {count(totals.cached_input_tokens, language, 'narrow')}
      </Tile>
    </dl>
  );
}

function Change({
  now,
  before,
  write,
}: {
  readonly now: number;
  readonly before: number | undefined;
  readonly write: (value: number) => string;
}) {
  const { t, language } = useWords();
  if (before === undefined || before === 0) return null;
  return (
    <>
      <span className="font-medium text-ink">{change(now, before, language)}</span>{' '}
      {t('overview.before', { value: write(before) })}
    </>
  );
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
