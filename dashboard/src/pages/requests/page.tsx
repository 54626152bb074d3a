import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { addressOf } from '../../api/call.ts';
import { useRows } from '../../api/pages.ts';
import { usePlace } from '../../app/session.tsx';
import { dateTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { DownloadLink } from '../../ui/download-link.tsx';
import { MoreRows } from '../../ui/more-rows.tsx';
import { Card, Empty, Loading, PageHeader, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { Filters } from './filters.tsx';
import { useNames } from './names.ts';
import { RequestPanel } from './request-panel.tsx';
import { RequestTable } from './request-table.tsx';
import { useView, type View } from './view.ts';

/** New requests are told of as they come; where something on the way keeps that back, they are asked for. */
const LOOK_EVERY_MS = 10_000;

/** The log of requests, newest first, and any one of them in full. */
export function Page() {
  const { t } = useWords();
  const { view, change, clear, search } = useView();
  const names = useNames();
  const { text: _notInFile, ...filters } = view.query;
  const file = { ...filters, format: 'csv' as const, organization_id: usePlace().organizationId };
  return (
    <>
      <PageHeader title={t('requests.title')} intro={t('requests.intro')}>
        <DownloadLink href={addressOf('exportUsageRecords', { query: file })}>{t('usage.records')}</DownloadLink>
      </PageHeader>
      <Filters view={view} onChange={change} onClear={clear} />
      {/* What was loaded beyond the first page belongs to one question. */}
      <List key={JSON.stringify(view.query)} view={view} names={names} search={search} onClear={clear} />
      {view.request !== undefined && (
        <RequestPanel requestId={view.request} names={names} onClose={() => change({ request: undefined })} />
      )}
    </>
  );
}

type ListProps = {
  readonly view: View;
  readonly names: ReturnType<typeof useNames>;
  readonly search: Readonly<Record<string, string | undefined>>;
  readonly onClear: () => void;
};

function List({ view, names, search, onClear }: ListProps) {
  const { t, language } = useWords();
  const [hasLoadedMore, setHasLoadedMore] = useState(false);
  const list = useRows('listUsageRecords', view.query, hasLoadedMore ? {} : { everyMs: LOOK_EVERY_MS });
  const { rows } = list;
  return (
    <Card
      title={
        !hasLoadedMore && list.error === null ? (
          <span className="flex items-center gap-2 text-[13px] font-normal text-dim">
            <span className="size-2 rounded-full bg-good motion-safe:animate-pulse" />
            {t('requests.live')}
          </span>
        ) : undefined
      }
      action={
        <Button look="quiet" icon="refresh" onClick={list.reload}>
          {t('app.refresh')}
        </Button>
      }
    >
      <Problem error={list.error} onRetry={list.reload} />
      {rows === undefined && list.error === null && <Loading rows={10} />}
      {rows?.length === 0 && !list.hasMore && <Nothing isFiltered={view.isFiltered} onClear={onClear} />}
      {rows !== undefined && rows.length > 0 && <RequestTable rows={rows} names={names} search={search} />}
      {list.searchedBackTo !== undefined && (
        <p className="pt-3 text-center text-sm text-dim">
          {t(rows?.length === 0 ? 'requests.noneBackTo' : 'requests.searchedBackTo', {
            time: dateTime(list.searchedBackTo, language),
          })}
        </p>
      )}
      <MoreRows
        label={list.searchedBackTo === undefined ? undefined : t('requests.searchOn')}
        hasMore={list.hasMore}
        isBusy={list.isLoadingMore}
        onMore={() => {
          setHasLoadedMore(true);
          list.loadMore();
        }}
      />
    </Card>
  );
}

function Nothing({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  const { t } = useWords();
  const { organizationId } = usePlace();
  if (isFiltered) {
    return (
      <Empty icon="filter" title={t('requests.emptyFiltered')}>
        <Button onClick={onClear}>{t('requests.clear')}</Button>
      </Empty>
    );
  }
  return (
    <Empty icon="requests" title={t('requests.emptyTitle')} text={t('requests.emptyText')}>
      <Link to="/$organizationId/start" params={{ organizationId }} className="text-accent underline">
        {t('app.pages.start')}
      </Link>
    </Empty>
  );
}
