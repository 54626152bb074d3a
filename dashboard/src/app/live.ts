import { type Query, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { addressOf, type OperationId } from '../api/call.ts';

/** What a new record changes. */
const OF_USAGE: readonly OperationId[] = ['exploreUsage', 'listUsageRecords'];
const OF_NOTIFICATIONS: readonly OperationId[] = ['listNotifications', 'countUnreadNotifications'];
/** A busy hub has new records all the time; pages that are looked at load again this often at most. */
const AT_MOST_EVERY_MS = 3000;
const AGAIN_AFTER_MS = 10_000;

/** Has what is shown of usage loaded again as it happens. A browser calls anew by itself, but not after a refusal. */
export function useLive(organizationId: string): void {
  const client = useQueryClient();
  useEffect(() => {
    let source: EventSource;
    let last = 0;
    let later: ReturnType<typeof setTimeout> | undefined;
    const load = (): void => {
      last = Date.now();
      later = undefined;
      for (const id of OF_USAGE) void client.invalidateQueries({ queryKey: [id], predicate: isShort });
    };
    const open = (): void => {
      source = new EventSource(addressOf('watchUsage', { query: { organization_id: organizationId } }));
      source.addEventListener('usage', () => {
        later ??= setTimeout(load, Math.max(0, last + AT_MOST_EVERY_MS - Date.now()));
      });
      source.addEventListener('notification', () => {
        for (const id of OF_NOTIFICATIONS) void client.invalidateQueries({ queryKey: [id], predicate: isShort });
      });
      source.addEventListener('error', () => {
        if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, AGAIN_AFTER_MS);
      });
    };
    let retry: ReturnType<typeof setTimeout> | undefined;
    open();
    return () => {
      source.close();
      clearTimeout(later);
      clearTimeout(retry);
    };
  }, [client, organizationId]);
}

/** Whoever loaded more of a list is reading what is further down, and keeps it where it is. */
function isShort({ state: { data } }: Query): boolean {
  if (typeof data !== 'object' || data === null || !('pages' in data)) return true;
  return !Array.isArray(data.pages) || data.pages.length < 2;
}
