import type { FormEvent, ReactNode } from 'react';
import type { CallError } from '../api/call.ts';
import { useWords } from '../words/index.ts';
import { Button } from './button.tsx';
import { Code } from './code.tsx';
import { Dialog } from './dialog.tsx';
import { Problem } from './parts.tsx';

type FormDialogProps = {
  readonly title: string;
  /** What sends it. */
  readonly action: string;
  readonly error: CallError | null;
  readonly isBusy: boolean;
  readonly onSubmit: (fields: FormData) => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly isPanel?: boolean;
};

/** A dialog that is filled in and sent. */
export function FormDialog(props: FormDialogProps) {
  const { title, action, error, isBusy, onSubmit, onClose, children, isPanel = false } = props;
  const { t } = useWords();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onSubmit(new FormData(event.currentTarget));
  };
  return (
    <Dialog title={title} onClose={onClose} isPanel={isPanel}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {children}
        <Problem error={error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('app.cancel')}</Button>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

type SecretProps = {
  readonly title: string;
  readonly text: string;
  readonly secret: string;
  readonly onClose: () => void;
};

/** A secret, at the only moment at which it is shown. */
export function SecretDialog({ title, text, secret, onClose }: SecretProps) {
  const { t } = useWords();
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="text-dim">{text}</p>
      <Code text={secret} />
      <div className="flex justify-end">
        <Button look="primary" onClick={onClose}>
          {t('app.done')}
        </Button>
      </div>
    </Dialog>
  );
}
