import { Link } from '@tanstack/react-router';
import { useRows } from '../../api/pages.ts';
import type { AuditAct } from '../../api/types.ts';
import { useAddress } from '../../app/address.ts';
import { exactTime } from '../../format/times.ts';
import { MoreRows } from '../../ui/more-rows.tsx';
import { Card, Empty, Loading, Problem } from '../../ui/parts.tsx';
import { Table } from '../../ui/table.tsx';
import { useWords } from '../../words/index.ts';
import { Outcome, Who } from './act-facts.tsx';
import { ActPanel } from './act-panel.tsx';
import type { Filter, Scope } from './query.ts';

/** What was done, newest first. */
export function Acts({
  scope,
  filter,
  actors,
}: {
  readonly scope: Scope;
  readonly filter: Filter;
  readonly actors: ReadonlyMap<string, string>;
}) {
  const { t } = useWords();
  const { said, say } = useAddress();
  const list = useRows(scope === 'organization' ? 'listAuditActs' : 'listAllAuditActs', filter, { keepsLast: true });
  const opened = list.rows?.find(({ id }) => id === said['act']);
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <Card>
      <Problem error={list.error} onRetry={list.reload} />
      {list.rows === undefined && list.error === null && <Loading />}
      {list.rows?.length === 0 && (
        <Empty
          icon="audit"
          title={isFiltered ? t('audit.nothingFound') : t('audit.emptyTitle')}
          text={isFiltered ? t('audit.nothingFoundText') : t('audit.emptyText')}
        />
      )}
      {list.rows !== undefined && list.rows.length > 0 && <ActTable rows={list.rows} actors={actors} />}
      <MoreRows hasMore={list.hasMore} isBusy={list.isLoadingMore} onMore={list.loadMore} />
      {opened !== undefined && <ActPanel act={opened} actors={actors} onClose={() => say({ act: undefined })} />}
    </Card>
  );
}

function ActTable({
  rows,
  actors,
}: {
  readonly rows: readonly AuditAct[];
  readonly actors: ReadonlyMap<string, string>;
}) {
  const { t, language } = useWords();
  return (
    <Table
      label={t('audit.title')}
      rows={rows}
      keyOf={({ id }) => id}
      columns={[
        {
          name: 'action',
          head: t('audit.action'),
          cell: ({ id, action, at }) => (
            <div className="min-w-36">
              <Link
                to="."
                search={(before: object) => ({ ...before, act: id })}
                resetScroll={false}
                className="font-mono text-[13px] break-all text-accent hover:underline"
              >
                {action}
              </Link>
              <p className="text-[13px] text-dim md:hidden">{exactTime(at, language)}</p>
            </div>
          ),
        },
        { name: 'outcome', head: t('audit.outcome'), cell: (act) => <Outcome act={act} /> },
        { name: 'who', head: t('audit.who'), cell: (act) => <Who act={act} actors={actors} /> },
        {
          name: 'target',
          head: t('audit.target'),
          isMinor: true,
          cell: ({ target_kind, target_id }) =>
            target_id === undefined ? (
              '–'
            ) : (
              <div>
                <p>{target_kind}</p>
                <p className="font-mono text-xs break-all text-dim">{target_id}</p>
              </div>
            ),
        },
        { name: 'address', head: t('audit.address'), isMinor: true, cell: ({ address }) => address ?? '–' },
        {
          name: 'at',
          head: t('audit.at'),
          isMinor: true,
          cell: ({ at }) => (
            <time dateTime={at} className="block min-w-24">
              {exactTime(at, language)}
            </time>
          ),
        },
      ]}
    />
  );
}
