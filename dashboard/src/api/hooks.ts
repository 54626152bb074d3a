import {
  keepPreviousData,
  QueryClient,
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { type Answer, CallError, call, type OperationId, type Taken } from './call.ts';

const STALE_MS = 15_000;
const RETRIES = 2;

/** Asks again only what may be better the next time: no refusal is. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: STALE_MS,
        retry: (failures, error) =>
          failures < RETRIES && (!(error instanceof CallError) || error.status === 0 || error.status >= 500),
      },
    },
  });
}

type AskOptions = {
  readonly enabled?: boolean;
  /** Asks again at this interval while the page is looked at. */
  readonly everyMs?: number;
  /** Shows the last answer while another question is asked, as a table does when it is filtered. */
  readonly keepsLast?: boolean;
};

/** Asks for something, and keeps the answer until it is old or something that was changed says so. */
export function useAsk<Id extends OperationId>(
  id: Id,
  taken: Taken<Id>,
  { enabled = true, everyMs, keepsLast = false }: AskOptions = {},
): UseQueryResult<Answer<Id>, CallError> {
  return useQuery<Answer<Id>, CallError>({
    queryKey: [id, taken.params ?? null, taken.query ?? null],
    queryFn: ({ signal }) => call(id, { ...taken, signal }),
    enabled,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
    ...(keepsLast ? { placeholderData: keepPreviousData } : {}),
  });
}

/** Changes something, and has asked again what it may have changed. */
export function useChange<Id extends OperationId>(
  id: Id,
  changes: readonly OperationId[],
): UseMutationResult<Answer<Id>, CallError, Taken<Id>> {
  const client = useQueryClient();
  return useMutation<Answer<Id>, CallError, Taken<Id>>({
    mutationFn: (taken) => call(id, taken),
    onSuccess: async () => {
      await Promise.all(changes.map((changed) => client.invalidateQueries({ queryKey: [changed] })));
    },
  });
}
