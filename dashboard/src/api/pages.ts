import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { type Answer, type CallError, call, type OperationId, type Taken } from './call.ts';

/** Operations that answer with a page of rows. */
type ListId = {
  [Id in OperationId]: Answer<Id> extends { readonly data: readonly unknown[]; readonly next_cursor?: string }
    ? Id
    : never;
}[OperationId];
type RowOf<Id extends ListId> = Answer<Id> extends { readonly data: readonly (infer Row)[] } ? Row : never;

type RowsOptions = {
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
  { enabled = true, everyMs, keepsLast = false }: RowsOptions = {},
) {
  const asked = useInfiniteQuery<Answer<Id>, CallError, readonly RowOf<Id>[], readonly unknown[], string | undefined>({
    queryKey: [id, 'rows', query ?? null],
    queryFn: ({ pageParam, signal }) =>
      // A list takes its cursor and its limit beside whatever it is filtered by.
      call(id, { query: { limit: PAGE_ROWS, ...query, cursor: pageParam }, signal } as unknown as Taken<Id>),
    initialPageParam: undefined,
    getNextPageParam: (page) => nextOf(page),
    select: ({ pages }) => pages.flatMap((page) => rowsOf<Id>(page)),
    enabled,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
    ...(keepsLast ? { placeholderData: keepPreviousData } : {}),
  });
  return {
    rows: asked.data,
    error: asked.error,
    hasMore: asked.hasNextPage,
    isLoadingMore: asked.isFetchingNextPage,
    loadMore: () => void asked.fetchNextPage(),
    reload: () => void asked.refetch(),
  };
}

function nextOf(page: unknown): string | undefined {
  return typeof page === 'object' && page !== null && 'next_cursor' in page && typeof page.next_cursor === 'string'
    ? page.next_cursor
    : undefined;
}

function rowsOf<Id extends ListId>(page: Answer<Id>): readonly RowOf<Id>[] {
  // `ListId` holds the operations whose answers are such pages.
  return (page as { readonly data: readonly RowOf<Id>[] }).data;
}
