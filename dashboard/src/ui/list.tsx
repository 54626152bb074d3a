import type { ReactNode } from 'react';
import type { CallError } from '../api/call.ts';
import { MoreRows } from './more-rows.tsx';
import { Loading, Problem } from './parts.tsx';
import { type Column, Table } from './table.tsx';

type ListProps<Row> = {
  readonly list: {
    readonly rows: readonly Row[] | undefined;
    readonly error: CallError | null;
    readonly hasMore?: boolean;
    readonly isLoadingMore?: boolean;
    readonly loadMore?: () => void;
    readonly reload?: () => void;
  };
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  /** What stands in its place where there are no rows. */
  readonly empty: ReactNode;
};

/** A table while it is asked for, where it is refused, empty, and full. */
export function List<Row>({ list, label, columns, keyOf, empty }: ListProps<Row>) {
  const { rows, error, hasMore = false, isLoadingMore = false, loadMore, reload } = list;
  return (
    <>
      <Problem error={error} {...(reload === undefined ? {} : { onRetry: reload })} />
      {rows === undefined && error === null && <Loading />}
      {rows?.length === 0 && empty}
      {rows !== undefined && rows.length > 0 && <Table label={label} rows={rows} keyOf={keyOf} columns={columns} />}
      {loadMore !== undefined && <MoreRows hasMore={hasMore} isBusy={isLoadingMore} onMore={loadMore} />}
    </>
  );
}

/** The name of a row, which opens it. */
export function OpenButton({ children, onOpen }: { readonly children: ReactNode; readonly onOpen: () => void }) {
  return (
    <button type="button" onClick={onOpen} className="text-left font-medium break-words text-accent hover:underline">
      {children}
    </button>
  );
}

/** What is known of one thing, a line a fact. */
export function Facts({ facts }: { readonly facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)] gap-x-4 sm:grid-cols-[12rem_minmax(0,1fr)] gap-y-2">
      {facts
        .filter(([, value]) => value !== undefined && value !== '')
        .map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-dim">{name}</dt>
            <dd className="min-w-0 wrap-anywhere">{value}</dd>
          </div>
        ))}
    </dl>
  );
}
