import type { ReactNode } from 'react';
import { fillOf } from '../../charts/colours.ts';
import { Dot } from '../../charts/stacked-bars.tsx';
import { count, dollars, duration, percent } from '../../format/amounts.ts';
import { Table } from '../../ui/table.tsx';
import { type Explored, inputOf, outputOf, type Totals } from '../../usage/measures.ts';
import { useWords } from '../../words/index.ts';

type Group = Explored['groups'][number];

type GroupTableProps = {
  readonly explored: Explored;
  readonly titleOf: (group: Group) => string;
  /** Narrows the page to one group. */
  readonly onOnly: (value: string) => void;
  /** What leads to the page of a group that has one. */
  readonly linkOf?: ((value: string) => ReactNode) | undefined;
};

type Line = {
  readonly key: string;
  readonly group: Group | undefined;
  readonly index: number;
  readonly totals: Totals;
};

/** The groups in numbers, and their sum. */
export function GroupTable({ explored, titleOf, onOnly, linkOf }: GroupTableProps) {
  const { t, language } = useWords();
  const hasCosts = explored.totals.cost_nano_usd !== undefined;
  const whole = Number(explored.totals.cost_nano_usd ?? 0);
  const costOf = ({ cost_nano_usd = '0' }: Totals): string => cost_nano_usd;
  const lines: readonly Line[] = [
    ...explored.groups.map((group, index) => ({
      key: group.value ?? (group.is_rest === true ? '(rest)' : '(none)'),
      group,
      index,
      totals: group.totals,
    })),
    { key: '(total)', group: undefined, index: 0, totals: explored.totals },
  ];
  const time = (ms: number | undefined): string => (ms === undefined ? '–' : duration(ms, language));
  const nameCell = ({ group, index }: Line) => {
    if (group === undefined) return <span className="font-semibold">{t('usage.total')}</span>;
    const { value } = group;
    const title = titleOf(group);
    return (
      <span className="flex min-w-36 items-center gap-2">
        <Dot fill={fillOf(index, group.is_rest)} />
        {value === undefined ? (
          <span className="text-dim">{title}</span>
        ) : (
          <button
            type="button"
            className="line-clamp-2 text-left wrap-anywhere hover:text-accent hover:underline"
            aria-label={t('usage.onlyThis', { name: title })}
            onClick={() => onOnly(value)}
          >
            {title}
          </button>
        )}
        {value !== undefined && linkOf?.(value)}
      </span>
    );
  };
  return (
    <Table
      label={t('usage.title')}
      rows={lines}
      keyOf={({ key }) => key}
      columns={[
        { name: 'name', head: t('app.name'), cell: nameCell },
        {
          name: 'cost',
          head: t('overview.cost'),
          isNumber: true,
          cell: ({ totals }) => dollars(costOf(totals), language),
          isLeftOut: !hasCosts,
        },
        {
          name: 'share',
          head: t('usage.share'),
          isNumber: true,
          isMinor: true,
          cell: ({ totals }) => (whole === 0 ? '–' : percent(Number(costOf(totals)) / whole, language)),
          isLeftOut: !hasCosts,
        },
        {
          name: 'requests',
          head: t('overview.requests'),
          isNumber: true,
          cell: ({ totals }) => count(totals.requests, language, 'narrow'),
        },
        {
          name: 'failed',
          head: t('overview.failed'),
          isNumber: true,
          isMinor: true,
          cell: ({ totals }) => count(totals.failed_requests, language),
        },
        {
          name: 'average',
          head: t('usage.average'),
          isNumber: true,
          isMinor: true,
          cell: ({ totals }) =>
            totals.requests === 0 ? '–' : dollars(BigInt(costOf(totals)) / BigInt(totals.requests), language),
          isLeftOut: !hasCosts,
        },
        {
          name: 'input',
          head: t('overview.input'),
          isNumber: true,
          isMinor: true,
          cell: ({ totals }) => count(inputOf(totals), language, 'narrow'),
        },
        {
          name: 'output',
          head: t('overview.output'),
          isNumber: true,
          isMinor: true,
          cell: ({ totals }) => count(outputOf(totals), language, 'narrow'),
        },
        {
          name: 'latency',
          head: t('overview.latency'),
          isNumber: true,
          isMinor: true,
          cell: ({ totals }) => time(totals.latency_ms.p50),
        },
      ]}
    />
  );
}
