import { Button } from '../../ui/button.tsx';
import { Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import type { Saving } from './use-save.ts';

/** The end of a form of the installation: what the hub said against it, and the way to save. */
export function SavePart({ saving: { error, isBusy } }: { readonly saving: Saving }) {
  const { t } = useWords();
  return (
    <>
      <Problem error={error} />
      <div>
        <Button type="submit" look="primary" isBusy={isBusy}>
          {t('app.save')}
        </Button>
      </div>
    </>
  );
}
