import { Link, useNavigate } from '@tanstack/react-router';
import type { ChargedPrice } from '../../api/types.ts';
import { useCredits } from '../../app/credits.ts';
import { marginPercent, price } from '../../format/amounts.ts';
import { useChoiceColumn } from '../../ui/choice-column.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { useWords } from '../../words/index.ts';
import { type RulesInForce, useMarks } from './marks.tsx';
import { type ModelAt, nameOf, plainLine } from './types.ts';
import { useRuleWords } from './use-rules.ts';

type PriceTableProps = {
  readonly rows: readonly ChargedPrice[];
  readonly rules: RulesInForce;
  /** What stands in the address beside the model that is open. */
  readonly said: Readonly<Record<string, string | undefined>>;
  readonly chosen: ReadonlyMap<string, ModelAt>;
  readonly onToggle: (models: readonly ModelAt[], isOn: boolean) => void;
};

export function PriceTable(props: PriceTableProps) {
  const { t } = useWords();
  const navigate = useNavigate();
  const { rows, chosen, onToggle } = props;
  const choice = useChoiceColumn({ rows, isChosen: (row) => chosen.has(nameOf(row)), nameOf, onToggle });
  return (
    <Table
      label={t('prices.title')}
      rows={props.rows}
      keyOf={nameOf}
      onOpen={(model) => void navigate({ to: '.', search: { ...props.said, model: nameOf(model) } })}
      columns={[choice, useModelColumn(props), ...useNumberColumns(), useMarksColumn(props)]}
    />
  );
}

function useModelColumn({ said, rules }: PriceTableProps): Column<ChargedPrice> {
  const { t } = useWords();
  const { providerName } = useRuleWords();
  const { cost, charged, margin } = useAmounts();
  const marks = useMarks(rules);
  return {
    name: 'model',
    head: t('prices.model'),
    cell: (row) => (
      <div className="min-w-36">
        <Link
          to="."
          search={{ ...said, model: nameOf(row) }}
          // The row opens by a click, too.
          onClick={(event) => event.stopPropagation()}
          className="font-mono text-[13px] font-medium wrap-anywhere hover:underline"
        >
          {row.model}
        </Link>
        <p className="text-xs text-dim">{providerName(row.provider_id)}</p>
        <div className="mt-1 flex flex-col items-start gap-1 text-xs text-dim md:hidden">
          {row.priced && (
            <span className="tabular-nums">
              {t('prices.narrow', { cost: cost(row), price: charged(row), margin: margin(row) })}
            </span>
          )}
          {marks(row)}
        </div>
      </div>
    ),
  };
}

function useNumberColumns(): readonly Column<ChargedPrice>[] {
  const { t } = useWords();
  const { cost, charged, margin } = useAmounts();
  const place = { isNumber: true, isMinor: true } as const;
  const cell = (text: string) => <span className="whitespace-nowrap">{text}</span>;
  return [
    {
      ...place,
      name: 'cost',
      head: <span title={t('prices.costHint')}>{t('prices.cost')}</span>,
      cell: (row) => cell(cost(row)),
    },
    {
      ...place,
      name: 'price',
      head: <span title={t('prices.priceHint')}>{t('prices.price')}</span>,
      cell: (row) => cell(charged(row)),
    },
    { ...place, name: 'margin', head: t('prices.margin'), cell: (row) => cell(margin(row)) },
  ];
}

function useMarksColumn({ rules }: PriceTableProps): Column<ChargedPrice> {
  const { t } = useWords();
  return { name: 'marks', head: t('prices.marks'), isMinor: true, cell: useMarks(rules) };
}

/** What of a model stands in one line: input and output where nothing special applies. */
export function useAmounts() {
  const { language } = useWords();
  const { rate } = useCredits();
  const both = (texts: readonly (string | undefined)[]): string =>
    texts.every((text) => text === undefined) ? '–' : texts.map((text) => text ?? '–').join(' / ');
  const linesOf = ({ lines }: ChargedPrice) => (['input', 'output'] as const).map((unit) => plainLine(lines, unit));
  return {
    cost: (offer: ChargedPrice): string =>
      both(linesOf(offer).map((line) => line?.usd_per_million && price(line.usd_per_million, language))),
    charged: (offer: ChargedPrice): string =>
      both(linesOf(offer).map((line) => line && rate(line.credits_per_million))),
    /** Both where they differ, as they may in a list. */
    margin: (offer: ChargedPrice): string => {
      const margins = linesOf(offer).map(
        (line) => line?.margin_percent && marginPercent(line.margin_percent, language),
      );
      return margins[0] === margins[1] ? (margins[0] ?? '–') : both(margins);
    },
  };
}
