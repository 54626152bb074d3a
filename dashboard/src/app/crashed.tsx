import type { ErrorComponentProps } from '@tanstack/react-router';
import { Button } from '../ui/button.tsx';
import { Empty } from '../ui/parts.tsx';
import { useWords } from '../words/index.ts';

/** What stands in place of a page that threw. */
export function Crashed({ error }: ErrorComponentProps) {
  const { t } = useWords();
  return (
    <Empty icon="warn" title={t('app.crashed')} text={error instanceof Error ? error.message : String(error)}>
      <Button icon="refresh" onClick={() => location.reload()}>
        {t('app.refresh')}
      </Button>
    </Empty>
  );
}
