import { Link, useNavigate } from '@tanstack/react-router';
import type { UsageRecord } from '../../api/types.ts';
import { useCredits } from '../../app/credits.ts';
import { seesCosts, usePlace } from '../../app/session.tsx';
import { count, dollars, duration } from '../../format/amounts.ts';
import { logTime } from '../../format/times.ts';
import { Badge } from '../../ui/parts.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { useWords } from '../../words/index.ts';
import { KeyOfRequest } from './key-of-request.tsx';
import type { Names } from './names.ts';
import { inputTokens, outputTokens } from './tokens.ts';
import { TONE_OF } from './view.ts';

type RequestTableProps = {
  readonly rows: readonly UsageRecord[];
  readonly names: Names;
  /** What stands in the address beside the request that is open. */
  readonly search: Readonly<Record<string, string | undefined>>;
  /** All rows are of one key, which is told elsewhere. */
  readonly isOfOneKey?: boolean;
};

export function RequestTable({ rows, names, search, isOfOneKey = false }: RequestTableProps) {
  const { t } = useWords();
  const navigate = useNavigate();
  return (
    <Table
      label={t('requests.title')}
      rows={rows}
      keyOf={({ id }) => id}
      onOpen={({ request_id }) => void navigate({ to: '.', search: { ...search, request: request_id } })}
      columns={useColumns(names, search).map((column) =>
        column.name === 'key' ? { ...column, isLeftOut: isOfOneKey } : column,
      )}
    />
  );
}

function useColumns(names: Names, search: RequestTableProps['search']): readonly Column<UsageRecord>[] {
  return [...useWhatColumns(search), ...useWhoColumns(names), ...useNumberColumns()];
}

function useTime(): (ms: number | undefined) => string {
  const { language } = useWords();
  return (ms) => (ms === undefined ? '–' : duration(ms, language));
}

/** When and what; where there is little room, with the rest of what matters. */
function useWhatColumns(search: RequestTableProps['search']): readonly Column<UsageRecord>[] {
  const { t, language } = useWords();
  const time = useTime();
  return [
    {
      name: 'time',
      head: t('requests.time'),
      cell: (record) => (
        <>
          <Link
            to="."
            search={{ ...search, request: record.request_id }}
            // The row opens by a click, too.
            onClick={(event) => event.stopPropagation()}
            className="whitespace-nowrap tabular-nums hover:underline"
          >
            {logTime(record.started_at, language)}
          </Link>
          <div className="mt-1 md:hidden">
            <Status record={record} />
          </div>
        </>
      ),
    },
    {
      name: 'model',
      head: t('usage.dimensions.model'),
      cell: (record) => (
        <>
          <Model record={record} />
          <p className="text-xs text-dim md:hidden">
            <Paid record={record} /> · {time(record.duration_ms)}
          </p>
        </>
      ),
    },
  ];
}

function useWhoColumns(names: Names): readonly Column<UsageRecord>[] {
  const { t } = useWords();
  const hasCosts = seesCosts(usePlace());
  return [
    {
      name: 'upstream',
      head: t('usage.dimensions.provider'),
      isMinor: true,
      isLeftOut: !hasCosts,
      cell: (record) => names.upstream(record) ?? '–',
    },
    {
      name: 'key',
      head: t('usage.dimensions.key'),
      isMinor: true,
      cell: ({ key_id, project_id }) => (
        <div className="max-w-40">
          <p className="truncate">
            <KeyOfRequest id={key_id} names={names} />
          </p>
          <p className="truncate text-xs text-dim">{names.project(project_id)}</p>
        </div>
      ),
    },
    { name: 'status', head: t('app.state'), isMinor: true, cell: (record) => <Status record={record} /> },
  ];
}

function useNumberColumns(): readonly Column<UsageRecord>[] {
  const { t, language } = useWords();
  const { amount } = useCredits();
  const time = useTime();
  const place = usePlace();
  return [
    {
      name: 'tokens',
      head: t('requests.tokens'),
      isNumber: true,
      isMinor: true,
      cell: ({ usage }) => {
        const counts = [inputTokens(usage), outputTokens(usage)];
        return counts.map((value) => (value === undefined ? '–' : count(value, language, 'narrow'))).join(' / ');
      },
    },
    {
      name: 'charge',
      head: t('credit.charge'),
      isNumber: true,
      isMinor: true,
      isLeftOut: place.credit === undefined,
      cell: ({ charge }) => (charge === undefined ? '–' : amount(charge)),
    },
    {
      name: 'cost',
      head: t('overview.cost'),
      isNumber: true,
      isMinor: true,
      isLeftOut: !seesCosts(place),
      cell: (record) => <Cost record={record} />,
    },
    {
      name: 'duration',
      head: t('overview.latency'),
      isNumber: true,
      isMinor: true,
      cell: ({ duration_ms }) => <span className="whitespace-nowrap">{time(duration_ms)}</span>,
    },
    {
      name: 'first',
      head: t('overview.firstByte'),
      isNumber: true,
      isMinor: true,
      cell: ({ first_byte_ms }) => <span className="whitespace-nowrap">{time(first_byte_ms)}</span>,
    },
  ];
}

export function Status({ record: { status, http_status } }: { readonly record: UsageRecord }) {
  const { t } = useWords();
  return (
    <span className="inline-flex items-center gap-1.5">
      <Badge tone={TONE_OF[status]}>{t(`usage.statuses.${status}`)}</Badge>
      <span className="font-mono text-xs text-dim">{http_status}</span>
    </span>
  );
}

/** The model that answered, and the name that it was asked for by where that differs. */
function Model({ record: { requested_model: asked, routed_model: routed } }: { readonly record: UsageRecord }) {
  const { t } = useWords();
  const isOther = routed !== undefined && asked !== routed && !asked.endsWith(`/${routed}`);
  return (
    <div className="max-w-64 min-w-24 lg:min-w-40">
      <p className="font-mono text-[13px] wrap-anywhere">{routed ?? asked}</p>
      {isOther && <p className="text-xs wrap-anywhere text-dim">{t('requests.askedFor', { name: asked })}</p>}
    </div>
  );
}

/** The charge where calls are paid for with credit, else the cost. */
function Paid({ record }: { readonly record: UsageRecord }) {
  const { named } = useCredits();
  if (usePlace().credit === undefined) return <Cost record={record} />;
  return record.charge === undefined ? '–' : named(record.charge);
}

function Cost({ record }: { readonly record: UsageRecord }) {
  const { t, language } = useWords();
  if (record.cost_nano_usd !== undefined) return dollars(record.cost_nano_usd, language);
  // A call that used nothing has no cost either, and its price is not what is missing.
  return Object.keys(record.usage).length === 0 ? '–' : <span className="text-warn">{t('requests.unpriced')}</span>;
}
