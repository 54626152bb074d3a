import { Link, useNavigate } from '@tanstack/react-router';
import type { Model } from '../../api/types.ts';
import { count } from '../../format/amounts.ts';
import { useChoiceColumn } from '../../ui/choice-column.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { useWords } from '../../words/index.ts';
import { Marks, useModalities } from './marks.tsx';
import type { Connections } from './use-connections.ts';
import { type CardOf, plainPrice } from './use-prices.ts';

type ModelTableProps = {
  readonly rows: readonly Model[];
  readonly connections: Connections;
  readonly cardOf: CardOf;
  /** What stands in the address beside the model that is open. */
  readonly search: Readonly<Record<string, string | undefined>>;
  readonly chosen: ReadonlySet<string>;
  readonly onToggle: (models: readonly Model[], isOn: boolean) => void;
};

export function ModelTable(props: ModelTableProps) {
  const { t } = useWords();
  const navigate = useNavigate();
  const price = usePriceColumn(props);
  const facts = useFactColumns();
  const { rows, connections, chosen, onToggle } = props;
  const isChosen = ({ id }: Model): boolean => chosen.has(id);
  const choice = useChoiceColumn({ rows, isChosen, nameOf: connections.callName, onToggle });
  return (
    <Table
      label={t('models.title')}
      rows={props.rows}
      keyOf={({ id }) => id}
      onOpen={({ id }) => void navigate({ to: '.', search: { ...props.search, model: id } })}
      columns={[choice, useNameColumn(props), ...facts, ...price]}
    />
  );
}

function useNameColumn({ connections, search, cardOf }: ModelTableProps): Column<Model> {
  const { t } = useWords();
  const tokens = useTokens();
  const prices = usePrice({ connections, cardOf });
  return {
    name: 'name',
    head: t('app.name'),
    cell: (model) => (
      <div className="min-w-36">
        <Link
          to="."
          search={{ ...search, model: model.id }}
          // The row opens by a click, too.
          onClick={(event) => event.stopPropagation()}
          className="font-mono text-[13px] font-medium wrap-anywhere hover:underline"
        >
          {connections.callName(model)}
        </Link>
        {model.display_name !== undefined && <p className="text-xs text-dim">{model.display_name}</p>}
        <div className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-dim md:hidden">
          <Marks model={model} />
          {model.context_tokens !== undefined && <span>{tokens(model.context_tokens)}</span>}
          {prices?.(model)}
        </div>
      </div>
    ),
  };
}

function useFactColumns(): readonly Column<Model>[] {
  const { t } = useWords();
  const modalities = useModalities();
  const tokens = useTokens();
  return [
    { name: 'state', head: t('app.state'), isMinor: true, cell: (model) => <Marks model={model} /> },
    {
      name: 'modalities',
      head: t('models.modalities'),
      isMinor: true,
      cell: (model) => modalities(model) ?? '–',
    },
    {
      name: 'context',
      head: t('models.context'),
      isNumber: true,
      isMinor: true,
      cell: ({ context_tokens }) => tokens(context_tokens),
    },
    {
      name: 'output',
      head: t('models.maxOutput'),
      isNumber: true,
      isMinor: true,
      cell: ({ max_output_tokens }) => tokens(max_output_tokens),
    },
  ];
}

function useTokens(): (value: number | undefined) => string {
  const { language } = useWords();
  return (value) => (value === undefined ? '–' : count(value, language, 'narrow'));
}

function usePriceColumn(props: ModelTableProps): readonly Column<Model>[] {
  const { t } = useWords();
  const prices = usePrice(props);
  if (prices === undefined) return [];
  return [
    {
      name: 'price',
      head: <span title={t('models.priceHint')}>{t('models.price')}</span>,
      isNumber: true,
      isMinor: true,
      cell: prices,
    },
  ];
}

/** What a model costs in few words; `undefined` for who may not read prices. */
function usePrice({ connections, cardOf }: Pick<ModelTableProps, 'connections' | 'cardOf'>) {
  const { t, language } = useWords();
  if (cardOf === undefined) return undefined;
  return (model: Model) => {
    const card = cardOf(connections.providerOf(model), model.upstream_model);
    if (card === undefined) return <span className="text-dim">{t('models.noPrice')}</span>;
    const [input, output] = (['input', 'output'] as const).map((unit) => plainPrice(card, unit, language));
    return <span className="whitespace-nowrap">{`${input ?? '–'} / ${output ?? '–'}`}</span>;
  };
}
