import { useState } from 'react';
import type { OperationId, Taken } from '../api/call.ts';
import { useChange } from '../api/hooks.ts';
import { useToast } from '../app/toasts.tsx';
import { Button } from './button.tsx';
import { Confirm } from './dialog.tsx';
import type { IconName } from './icon.tsx';
import { Problem, useProblemText } from './parts.tsx';

type ActProps<Id extends OperationId> = {
  readonly operation: Id;
  readonly taken: Taken<Id>;
  /** What has to be asked for again afterwards. */
  readonly changes: readonly OperationId[];
  readonly label: string;
  /** Which one it is about, where many such buttons stand in a table. */
  readonly of?: string;
  readonly icon?: IconName;
  readonly look?: 'plain' | 'quiet' | 'danger';
  /** Asks first, with these words. */
  readonly confirm?: string;
  /** Said once it is done. */
  readonly done?: string;
  readonly onDone?: () => void;
};

/** A button that does one thing at the hub, asking first where it cannot be taken back. */
export function Act<Id extends OperationId>(props: ActProps<Id>) {
  const { operation, taken, changes, label, of, icon, look = 'plain', confirm, done, onDone } = props;
  const toast = useToast();
  const problemText = useProblemText();
  const change = useChange(operation, changes);
  const [isAsking, setIsAsking] = useState(false);
  const run = (): void =>
    change.mutate(taken, {
      onSuccess: () => {
        setIsAsking(false);
        if (done !== undefined) toast(done);
        onDone?.();
      },
      onError: (error) => {
        if (confirm === undefined) toast(problemText(error), 'bad');
      },
    });
  return (
    <>
      <Button
        look={look}
        {...(icon === undefined ? {} : { icon })}
        {...(of === undefined ? {} : { label: `${label}: ${of}` })}
        isBusy={change.isPending && !isAsking}
        onClick={() => {
          change.reset();
          if (confirm === undefined) run();
          else setIsAsking(true);
        }}
      >
        {look === 'quiet' && icon !== undefined ? undefined : label}
      </Button>
      {isAsking && confirm !== undefined && (
        <Confirm
          title={label}
          text={confirm}
          action={label}
          isBusy={change.isPending}
          problem={<Problem error={change.error} />}
          onConfirm={run}
          onClose={() => setIsAsking(false)}
        />
      )}
    </>
  );
}
