import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { type Answer, type CallError, call, type OperationId, type Taken } from './call.ts';

/** Operations that answer with a page of rows. */
type ListId = {
  [Id in OperationId]: Answer<Id> extends { readonly data: readonly unknown[]; readonly next_cursor?: string }
    ? Id
    : never;
}[OperationId];
type RowOf<Id extends ListId> = Answer<Id> extends { readonly data: readonly (infer Row)[] } ? Row : never;

type Rows<Id extends ListId> = { readonly rows: readonly RowOf<Id>[]; readonly searchedBackTo: string | undefined };

type RowsOptions = {
  /** What the address of the list names. */
  readonly params?: Readonly<Record<string, string>>;
  readonly enabled?: boolean;
  readonly everyMs?: number;
  /** Shows the last rows while others are asked for, as a list does when it is searched. */
  readonly keepsLast?: boolean;
};

const PAGE_ROWS = 50;

/** The rows of a list as far as they were asked for, and the way to more of them. */
export function useRows<Id extends ListId>(
  id: Id,
  query: Taken<Id>['query'],
  { params, enabled = true, everyMs, keepsLast = false }: RowsOptions = {},
) {
  const asked = useInfiniteQuery<Answer<Id>, CallError, Rows<Id>, readonly unknown[], string | undefined>({
    queryKey: [id, 'rows', query ?? null, params ?? null],
    queryFn: ({ pageParam, signal }) =>
      // A list takes its cursor and its limit beside whatever it is filtered by.
      call(id, { params, query: { limit: PAGE_ROWS, ...query, cursor: pageParam }, signal } as unknown as Taken<Id>),
    initialPageParam: undefined,
    getNextPageParam: (page) => textIn(page, 'next_cursor'),
    select: ({ pages }) => ({
      rows: pages.flatMap((page) => rowsOf<Id>(page)),
      searchedBackTo: textIn(pages.at(-1), 'searched_back_to'),
    }),
    enabled,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
    ...(keepsLast ? { placeholderData: keepPreviousData } : {}),
  });
  return {
    rows: asked.data?.rows,
    /** Older rows have not been looked at; more of them may follow. */
    searchedBackTo: asked.data?.searchedBackTo,
    error: asked.error,
    hasMore: asked.hasNextPage,
    isLoadingMore: asked.isFetchingNextPage,
    loadMore: () => void asked.fetchNextPage(),
    reload: () => void asked.refetch(),
  };
}

const MOST_ROWS = 500;

/** All rows of a list, for what is done to every one of them. */
export async function everyRow<Id extends ListId>(id: Id, query: Taken<Id>['query']): Promise<readonly RowOf<Id>[]> {
  const found: RowOf<Id>[] = [];
  let cursor: string | undefined;
  do {
    const page = await call(id, { query: { ...query, limit: MOST_ROWS, cursor } } as unknown as Taken<Id>);
    found.push(...rowsOf<Id>(page));
    cursor = textIn(page, 'next_cursor');
  } while (cursor !== undefined);
  return found;
}

function textIn(page: unknown, name: string): string | undefined {
  const value =
    typeof page === 'object' && page !== null ? Object.entries(page).find(([key]) => key === name)?.[1] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function rowsOf<Id extends ListId>(page: Answer<Id>): readonly RowOf<Id>[] {
  // `ListId` holds the operations whose answers are such pages.
  return (page as { readonly data: readonly RowOf<Id>[] }).data;
}
