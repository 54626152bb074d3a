import { useAsk } from '../../api/hooks.ts';
import { useAddress } from '../../app/address.ts';
import { KeyLink } from '../../app/key-link.tsx';
import { seesCosts, usePlace } from '../../app/session.tsx';
import { change, count, dollars } from '../../format/amounts.ts';
import { ZONE } from '../../format/times.ts';
import { ChoiceTabs } from '../../ui/choice-tabs.tsx';
import { Card, Loading, Problem } from '../../ui/parts.tsx';
import { Table } from '../../ui/table.tsx';
import type { Explored } from '../../usage/measures.ts';
import { inputOf, outputOf } from '../../usage/measures.ts';
import { useNamesOf } from '../../usage/names.ts';
import { before, type Range } from '../../usage/range.ts';
import { useWords } from '../../words/index.ts';

const SHOWN = [
  ['model', 'overview.byModel'],
  ['provider', 'overview.byProvider'],
  ['project', 'overview.byProject'],
  ['member', 'overview.byMember'],
  ['key', 'overview.byKey'],
] as const;
const TOP = 8;

type Group = Explored['groups'][number];

/** Who and what it was, the dearest first, each against the time before. */
export function ByDimension({ range }: { readonly range: Range }) {
  const { t, language } = useWords();
  const { said: search, say: changeAddress } = useAddress();
  const hasCosts = seesCosts(usePlace());
  const shown = SHOWN.filter(([one]) => hasCosts || one !== 'provider');
  const dimension = shown.find(([one]) => one === search['by'])?.[0] ?? 'model';
  const nameOf = useNamesOf(dimension);
  const query = { time_zone: ZONE, group_by: dimension, top: TOP };
  const now = useAsk('exploreUsage', { query: { ...range, ...query } }, { keepsLast: true });
  const past = useAsk('exploreUsage', { query: { ...before(range), ...query, top: 100 } }, { keepsLast: true });
  const earlier = new Map(past.data?.groups.map((group) => [group.value, group.totals]));
  const title = ({ value, is_rest }: Group): string =>
    value === undefined ? (is_rest === true ? t('overview.rest') : t('overview.noValue')) : nameOf(value);
  const changeOf = ({ value, is_rest, totals }: Group): string => {
    const last = is_rest === true ? undefined : earlier.get(value);
    if (last === undefined) return '–';
    return change(Number(totals.cost_nano_usd), Number(last.cost_nano_usd), language) ?? '–';
  };
  return (
    <Card>
      <ChoiceTabs
        label={t('overview.title')}
        tabs={shown.map(([name, word]) => ({ name, title: t(word) }))}
        open={dimension}
        onOpen={(by) => changeAddress({ by })}
      />
      <Problem error={now.error} onRetry={() => void now.refetch()} />
      {now.data === undefined && now.error === null && <Loading />}
      {now.data !== undefined && (
        <Table
          label={t('overview.title')}
          rows={now.data.groups}
          keyOf={({ value, is_rest }) => value ?? (is_rest === true ? '(rest)' : '(none)')}
          columns={[
            {
              name: 'name',
              head: t('app.name'),
              cell: (group) => (
                <span className="line-clamp-2 min-w-32 wrap-anywhere">
                  {dimension === 'key' && group.value !== undefined && title(group) !== group.value ? (
                    <KeyLink id={group.value}>{title(group)}</KeyLink>
                  ) : (
                    title(group)
                  )}
                </span>
              ),
            },
            {
              name: 'cost',
              head: t('overview.cost'),
              isNumber: true,
              cell: ({ totals }) => dollars(totals.cost_nano_usd ?? '0', language),
              isLeftOut: !hasCosts,
            },
            {
              name: 'change',
              head: t('overview.change'),
              isNumber: true,
              isMinor: true,
              cell: changeOf,
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
          ]}
        />
      )}
    </Card>
  );
}
