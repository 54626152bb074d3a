import type { ChargedPrice } from '../../api/types.ts';
import { useCredits } from '../../app/credits.ts';
import { marginPercent, price } from '../../format/amounts.ts';
import { Notice } from '../../ui/parts.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { useWords } from '../../words/index.ts';
import { useCondition } from '../models/price-lines.tsx';
import { type ChargedLine, placeOf } from './types.ts';

/** Every line of a model: what it costs, what is charged, and what is between. */
export function ChargedLines({ offer }: { readonly offer: ChargedPrice }) {
  const { t } = useWords();
  const columns = useColumns();
  if (!offer.priced) return <Notice tone="bad">{t('prices.unpricedText')}</Notice>;
  return (
    <>
      <Table
        label={t('prices.lines')}
        rows={offer.lines}
        keyOf={(line) => JSON.stringify(placeOf(line))}
        columns={columns}
      />
      <p className="text-[13px] text-dim">
        {t('prices.perMillion')}
        {offer.cost_source !== undefined && (
          <span className="block">
            {t('prices.costFrom', { source: t(`requests.cardSources.${offer.cost_source}`) })}
          </span>
        )}
      </p>
    </>
  );
}

function useColumns(): readonly Column<ChargedLine>[] {
  const { t, language } = useWords();
  const { exact } = useCredits();
  const conditionOf = useCondition();
  return [
    {
      name: 'unit',
      head: t('models.unit'),
      cell: (line) => (
        <>
          {t(`models.units.${line.unit}`)}
          <span className="block text-xs text-dim">{conditionOf(line)}</span>
        </>
      ),
    },
    {
      name: 'cost',
      head: t('prices.cost'),
      isNumber: true,
      cell: ({ usd_per_million: usd }) => (usd === undefined ? '–' : price(usd, language)),
    },
    {
      name: 'price',
      head: t('prices.price'),
      isNumber: true,
      cell: ({ credits_per_million: credits }) => exact(credits),
    },
    {
      name: 'margin',
      head: t('prices.margin'),
      isNumber: true,
      cell: ({ margin_percent: margin }) => (
        <span className={margin?.startsWith('-') === true ? 'text-bad' : ''}>
          {margin === undefined ? '–' : marginPercent(margin, language)}
        </span>
      ),
    },
  ];
}
