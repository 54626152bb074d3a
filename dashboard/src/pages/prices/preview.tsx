import type { Answer } from '../../api/call.ts';
import { count } from '../../format/amounts.ts';
import { Badge, Notice } from '../../ui/parts.tsx';
import { Table } from '../../ui/table.tsx';
import { useWords } from '../../words/index.ts';
import { useAmounts } from './price-table.tsx';
import { nameOf } from './types.ts';
import { useRuleWords } from './use-rules.ts';

type PreviewOf = Answer<'previewPriceRules'>;
type Change = PreviewOf['data'][number];

/** Whose prices would change, from what to what, and which would be below their cost. */
export function Preview({ preview: { data, changes, below_cost: below } }: { readonly preview: PreviewOf }) {
  const { t, language } = useWords();
  const words = useRuleWords();
  const amounts = useAmounts();
  const groups = [...Map.groupBy(data, ({ customer_group_id }) => customer_group_id)];
  if (changes === 0) return <Notice tone="calm">{t('prices.noChange')}</Notice>;
  return (
    <section aria-label={t('prices.preview')} className="flex flex-col gap-3">
      <div role="status" className="flex flex-wrap items-center gap-2">
        <p className="font-medium">{t('prices.changes', { count: changes, text: count(changes, language) })}</p>
        {changes === data.length &&
          groups.map(([id, own]) => (
            <Badge key={id ?? ''}>
              {t('prices.kindCount', { kind: words.groupName(id), count: count(own.length, language) })}
            </Badge>
          ))}
      </div>
      {below > 0 && (
        <Notice tone="warn">{t('prices.someBelow', { count: below, text: count(below, language) })}</Notice>
      )}
      <Table
        label={t('prices.preview')}
        rows={data}
        keyOf={({ customer_group_id, after }) => `${customer_group_id ?? ''} ${nameOf(after)}`}
        columns={[
          { name: 'model', head: t('prices.model'), cell: (change) => <Changed change={change} words={words} /> },
          {
            name: 'change',
            head: <span title={t('prices.priceHint')}>{t('prices.beforeAfter')}</span>,
            isNumber: true,
            cell: (change) => <BeforeAfter change={change} amounts={amounts} />,
          },
        ]}
      />
      {changes > data.length && (
        <p className="text-[13px] text-dim">{t('prices.firstShown', { count: count(data.length, language) })}</p>
      )}
    </section>
  );
}

type ChangedProps = { readonly change: Change; readonly words: ReturnType<typeof useRuleWords> };

function Changed({ change: { customer_group_id, after }, words: { groupName, providerName } }: ChangedProps) {
  const { t } = useWords();
  return (
    <div className="min-w-28">
      <span className="font-mono text-[13px] wrap-anywhere">{after.model}</span>
      <p className="text-xs text-dim">
        {providerName(after.provider_id)} · {groupName(customer_group_id)}
      </p>
      {after.below_cost && (
        <Badge tone="warn">{t(after.charges_cost_at_least ? 'prices.belowButCost' : 'prices.belowCost')}</Badge>
      )}
    </div>
  );
}

type BeforeAfterProps = { readonly change: Change; readonly amounts: ReturnType<typeof useAmounts> };

function BeforeAfter({ change: { before, after }, amounts: { charged, margin } }: BeforeAfterProps) {
  const { t } = useWords();
  const others = otherLines(before, after);
  return (
    <div className="min-w-32">
      <p>
        <span className="whitespace-nowrap text-dim">{before.priced ? charged(before) : t('prices.unpriced')}</span>
        <span aria-label={t('prices.becomes')} role="img">
          {' → '}
        </span>
        <span className="font-medium whitespace-nowrap">{after.priced ? charged(after) : t('prices.unpriced')}</span>
      </p>
      {after.priced && (
        <p className="text-xs text-dim">
          {before.priced ? `${margin(before)} → ` : ''}
          {margin(after)}
        </p>
      )}
      {others > 0 && <p className="text-xs text-dim">{t('prices.otherLines', { count: others })}</p>}
    </div>
  );
}

/** How many lines change beside those that are shown. */
function otherLines({ lines: before }: Change['before'], { lines: after }: Change['after']): number {
  const shown = (line: Change['after']['lines'][number]): boolean =>
    (line.unit === 'input' || line.unit === 'output') && Object.keys(line).every((name) => PLAIN.has(name));
  const texts = new Set(before.map((line) => JSON.stringify(line)));
  return after.filter((line) => !shown(line) && !texts.has(JSON.stringify(line))).length;
}

const PLAIN: ReadonlySet<string> = new Set([
  'unit',
  'batch',
  'usd_per_million',
  'credits_per_million',
  'margin_percent',
]);
