import { type ReactNode, useState } from 'react';
import type { CallError, OperationId, Taken } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import { useToast } from '../../app/toasts.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { useWords } from '../../words/index.ts';
import { MOVED } from './types.ts';

type ConsequenceDialogProps<Id extends OperationId> = {
  readonly operation: Id;
  readonly title: string;
  readonly bodyOf: (fields: FormData) => Taken<Id>;
  /** What will have happened, said before it does. */
  readonly consequence: (taken: Taken<Id>) => string;
  readonly done: (taken: Taken<Id>) => string;
  readonly onDone?: (taken: Taken<Id>) => void;
  /** Nobody loses anything by it. */
  readonly isHarmless?: boolean;
  readonly onClose: () => void;
  readonly children: (error: CallError | null) => ReactNode;
};

/** A form that moves credit: it says what comes of it before it is sent, and what is wrong beside each field. */
export function ConsequenceDialog<Id extends OperationId>(props: ConsequenceDialogProps<Id>) {
  const { operation, title, bodyOf, consequence, done, onDone, isHarmless = false, onClose, children } = props;
  const { t } = useWords();
  const toast = useToast();
  const change = useChange(operation, MOVED);
  const [wanted, setWanted] = useState<Taken<Id>>();
  const send = (taken: Taken<Id>): void =>
    change.mutate(taken, {
      onSuccess: () => {
        toast(done(taken));
        onDone?.(taken);
        onClose();
      },
      onError: () => setWanted(undefined),
    });
  return (
    <>
      <FormDialog
        title={title}
        action={t('credit.goOn')}
        error={change.error?.param === undefined ? change.error : null}
        isBusy={false}
        onSubmit={(fields) => {
          change.reset();
          setWanted(bodyOf(fields));
        }}
        onClose={onClose}
      >
        {children(change.error)}
      </FormDialog>
      {wanted !== undefined && (
        <Confirm
          title={title}
          text={consequence(wanted)}
          action={title}
          isBusy={change.isPending}
          isHarmless={isHarmless}
          onConfirm={() => send(wanted)}
          onClose={() => setWanted(undefined)}
        />
      )}
    </>
  );
}
