import type { Refresh } from '../../api/types.ts';
import { Notice } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

/** What a listing of a provider's models came to. */
export function RefreshOutcome({
  refresh,
  isFirst = false,
}: {
  readonly refresh: Refresh;
  readonly isFirst?: boolean;
}) {
  const { t } = useWords();
  const { added, withdrawn, returned, error } = refresh;
  if (error !== undefined) {
    return (
      <Notice tone="warn">
        {isFirst
          ? t('providers.connectedButNotListed', { reason: error })
          : t('providers.notListed', { reason: error })}
      </Notice>
    );
  }
  const parts = [
    added.length > 0 || isFirst ? t('providers.foundCount', { count: added.length }) : undefined,
    withdrawn.length > 0 ? t('providers.withdrawnCount', { count: withdrawn.length }) : undefined,
    returned.length > 0 ? t('providers.returnedCount', { count: returned.length }) : undefined,
  ].filter((part) => part !== undefined);
  return <Notice tone="good">{parts.length === 0 ? t('providers.nothingNew') : parts.join(' ')}</Notice>;
}
