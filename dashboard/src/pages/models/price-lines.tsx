import type { RateCard } from '../../api/types.ts';
import type { CallableModel } from '../../app/callable.ts';
import { useCredits } from '../../app/credits.ts';
import { count, price } from '../../format/amounts.ts';
import { date } from '../../format/times.ts';
import { Notice } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

type LineConditions = Omit<RateCard['prices'][number], 'usd_per_million'>;
const CELL = 'py-1.5 pr-3 last:pr-0';

/** Every price of a model by class, and where it is from. */
export function PriceLines({ card }: { readonly card: RateCard | undefined }) {
  const { t, language } = useWords();
  if (card === undefined) return <Notice tone="warn">{t('models.pricesUnknown')}</Notice>;
  return (
    <div className="flex flex-col gap-2">
      <Lines
        lines={card.prices}
        head={t('models.perMillion')}
        amountOf={({ usd_per_million: usd }) => price(usd, language)}
      />
      <p className="text-[13px] text-dim">
        {t('requests.card', { version: count(card.version, language) })} ({t(`requests.cardSources.${card.source}`)}) ·{' '}
        {date(card.effective_from, language)}
      </p>
    </div>
  );
}

/** What calls of a model are charged by class, for whoever pays. */
export function CreditLines({ lines }: { readonly lines: NonNullable<CallableModel['charged']> }) {
  const { t } = useWords();
  const { exact } = useCredits();
  return (
    <Lines lines={lines} head={t('credit.rate')} amountOf={({ credits_per_million: credits }) => exact(credits)} />
  );
}

type LinesProps<Line> = {
  readonly lines: readonly Line[];
  readonly head: string;
  readonly amountOf: (line: Line) => string;
};

function Lines<Line extends LineConditions>({ lines, head, amountOf }: LinesProps<Line>) {
  const { t } = useWords();
  const conditionOf = useCondition();
  const hasConditions = lines.some((line) => conditionOf(line) !== '');
  return (
    <table className="w-full text-sm">
      <thead>
        <tr className="border-b border-line text-left text-[13px] text-dim">
          <th scope="col" className={`${CELL} font-medium`}>
            {t('models.unit')}
          </th>
          {hasConditions && (
            <th scope="col" className={`${CELL} font-medium`}>
              {t('models.unitCondition')}
            </th>
          )}
          <th scope="col" className={`${CELL} text-right font-medium`}>
            {head}
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={`${line.unit} ${conditionOf(line)}`} className="border-b border-line last:border-0">
            <th scope="row" className={`${CELL} text-left font-normal`}>
              {t(`models.units.${line.unit}`)}
            </th>
            {hasConditions && <td className={`${CELL} text-dim`}>{conditionOf(line)}</td>}
            <td className={`${CELL} text-right tabular-nums`}>{amountOf(line)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** When a price counts, in words; nothing where it always does. */
export function useCondition(): (line: LineConditions) => string {
  const { t, language } = useWords();
  return ({ above_input_tokens, utc_window, image_size, image_quality, batch }) =>
    [
      above_input_tokens === undefined ? undefined : t('models.above', { count: count(above_input_tokens, language) }),
      utc_window === undefined ? undefined : t('models.window', utc_window),
      image_size,
      image_quality,
      batch === true ? t('models.batch') : undefined,
    ]
      .filter((part) => part !== undefined)
      .join(language === 'zh-TW' ? '、' : ', ');
}
