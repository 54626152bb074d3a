import { useAsk } from '../../api/hooks.ts';
import type { UsageRecord } from '../../api/types.ts';
import { seesCosts, usePlace } from '../../app/session.tsx';
import { count, exactDollars, price } from '../../format/amounts.ts';
import { Id } from '../../ui/id.tsx';
import { Notice } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { type CostLine, explainCost } from './explain-cost.ts';

const MILLIONTHS = 1_000_000n;
const CELL = 'py-1.5 pr-3 last:pr-0';

/** What was used, by class, and what each class cost. */
export function Cost({ record }: { readonly record: UsageRecord }) {
  const { t } = useWords();
  const card = useCard(record);
  const hasCosts = seesCosts(usePlace());
  const { lines, isWhole } = explainCost(record, card);
  if (lines.length === 0) return <p className="text-dim">{t('requests.noUsage')}</p>;
  return (
    <div className="flex flex-col gap-3">
      {record.usage_basis === 'estimated' && <Notice tone="warn">{t('requests.estimated')}</Notice>}
      {record.usage_basis === 'cached' && <Notice tone="calm">{t('requests.fromCache')}</Notice>}
      {!record.priced && hasCosts && <Notice tone="warn">{t('requests.notPriced')}</Notice>}
      <Lines lines={lines} record={record} hasPrices={card !== undefined} hasAmounts={isWhole} />
      {card !== undefined && !isWhole && <p className="text-[13px] text-dim">{t('requests.conditions')}</p>}
      {record.usage.provider_cost_usd !== undefined && (
        <p className="text-[13px] text-dim">{t('requests.providerCost', { cost: record.usage.provider_cost_usd })}</p>
      )}
      {record.rate_card_id !== undefined && (
        <div className="flex flex-wrap items-center gap-x-2 text-[13px] text-dim">
          <span>{t('requests.card', { version: record.rate_card_version ?? '–' })}</span>
          {card !== undefined && <span>({t(`requests.cardSources.${card.source}`)})</span>}
          <Id text={record.rate_card_id} />
        </div>
      )}
    </div>
  );
}

/** The version of the rate card that the request was charged by; only who runs the hub may read it. */
function useCard({ provider_id, routed_model, rate_card_id }: UsageRecord) {
  const { isOperator } = usePlace();
  const history = useAsk(
    'listPriceHistory',
    { query: { provider_id: provider_id ?? '', model: routed_model ?? '', limit: 500 } },
    {
      enabled: isOperator && rate_card_id !== undefined && provider_id !== undefined && routed_model !== undefined,
    },
  );
  return history.data?.data.find(({ id }) => id === rate_card_id);
}

type LinesProps = {
  readonly lines: readonly CostLine[];
  readonly record: UsageRecord;
  readonly hasPrices: boolean;
  readonly hasAmounts: boolean;
};

function Lines({ lines, record, hasPrices, hasAmounts }: LinesProps) {
  const { t, language } = useWords();
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={t('requests.cost')}>
      <table className="w-full text-sm">
        <thead>
          <tr className="border-b border-line text-left text-[13px] text-dim">
            <th scope="col" className={CELL}>
              <span className="sr-only">{t('app.name')}</span>
            </th>
            <Head isShown>{t('requests.count')}</Head>
            <Head isShown={hasPrices}>{t('requests.price')}</Head>
            <Head isShown={hasAmounts || record.cost_usd !== undefined}>{t('requests.amount')}</Head>
          </tr>
        </thead>
        <tbody className="tabular-nums">
          {lines.map(({ name, count: counted, usdPerMillion, amount }) => (
            <tr key={name} className="border-b border-line">
              <th scope="row" className={`${CELL} text-left font-normal`}>
                {name === 'request' ? t('requests.perRequest') : t(`requests.classes.${name}`)}
              </th>
              <td className={`${CELL} text-right`}>{count(counted, language)}</td>
              {hasPrices && (
                <td className={`${CELL} text-right whitespace-nowrap`}>
                  {usdPerMillion === undefined
                    ? '–'
                    : t('requests.perMillion', { price: price(usdPerMillion, language) })}
                </td>
              )}
              {(hasAmounts || record.cost_usd !== undefined) && (
                <td className={`${CELL} text-right`}>
                  {hasAmounts && amount !== undefined ? exactDollars(amount / MILLIONTHS, language) : ''}
                </td>
              )}
            </tr>
          ))}
        </tbody>
        {record.cost_nano_usd !== undefined && (
          <tfoot className="font-semibold tabular-nums">
            <tr>
              <th scope="row" colSpan={hasPrices ? 3 : 2} className={`${CELL} text-left`}>
                {t('usage.total')}
              </th>
              <td className={`${CELL} text-right`}>{exactDollars(record.cost_nano_usd, language)}</td>
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}

function Head({ isShown, children }: { readonly isShown: boolean; readonly children: string }) {
  if (!isShown) return null;
  return (
    <th scope="col" className={`${CELL} text-right font-medium`}>
      {children}
    </th>
  );
}
