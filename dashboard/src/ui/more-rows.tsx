import { useWords } from '../words/index.ts';
import { Button } from './button.tsx';

/** The way to the next page of a list, where there is one. */
export function MoreRows({
  hasMore,
  isBusy,
  onMore,
  label,
}: {
  readonly hasMore: boolean;
  readonly isBusy: boolean;
  readonly onMore: () => void;
  /** What the button says, where it does not only load the next rows. */
  readonly label?: string | undefined;
}) {
  const { t } = useWords();
  if (!hasMore) return null;
  return (
    <div className="flex justify-center pt-3">
      <Button isBusy={isBusy} onClick={onMore}>
        {label ?? t('app.loadMore')}
      </Button>
    </div>
  );
}
