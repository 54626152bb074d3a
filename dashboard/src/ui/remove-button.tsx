import { useState } from 'react';
import type { CallError } from '../api/call.ts';
import { useWords } from '../words/index.ts';
import { Button } from './button.tsx';
import { Confirm } from './dialog.tsx';
import { Problem } from './parts.tsx';

type RemoveButtonProps = {
  readonly name: string;
  /** What comes of it. */
  readonly text: string;
  readonly isBusy: boolean;
  readonly error: CallError | null;
  /** Removes it, and tells when that is done. */
  readonly onRemove: (done: { readonly onSuccess: () => void }) => void;
};

/** Removes one row of a list, once that was asked. */
export function RemoveButton({ name, text, isBusy, error, onRemove }: RemoveButtonProps) {
  const { t } = useWords();
  const [isAsking, setIsAsking] = useState(false);
  const title = `${t('app.remove')}: ${name}`;
  return (
    <>
      <Button look="quiet" className="-my-2" icon="trash" label={title} onClick={() => setIsAsking(true)} />
      {isAsking && (
        <Confirm
          title={title}
          text={text}
          action={t('app.remove')}
          isBusy={isBusy}
          problem={<Problem error={error} />}
          onConfirm={() => onRemove({ onSuccess: () => setIsAsking(false) })}
          onClose={() => setIsAsking(false)}
        />
      )}
    </>
  );
}
