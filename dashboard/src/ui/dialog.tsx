import { type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react';
import { useWords } from '../words/index.ts';
import { Button } from './button.tsx';

type DialogProps = {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** A panel at the side, for what is long. */
  readonly isPanel?: boolean;
};

/** A dialog of the browser's own: it keeps the focus, closes by Escape and by a click beside it. */
export function Dialog({ title, onClose, children, isPanel = false }: DialogProps) {
  const { t } = useWords();
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // A field that asks for the focus gets it only once the dialog is shown.
  const [isShown, setIsShown] = useState(false);
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    setIsShown(true);
    return () => dialog?.close();
  }, []);
  const shape = isPanel
    ? 'ml-auto mr-0 my-0 h-dvh max-h-dvh w-[min(44rem,100vw)] max-w-none border-l'
    : 'w-[min(34rem,calc(100vw-2rem))] max-h-[calc(100dvh-2rem)] rounded-xl border';
  return (
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      className={`overflow-y-auto border-line bg-paper p-0 ${shape}`}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <div className="flex flex-col gap-4 p-5">
        <header className="flex items-center justify-between gap-4">
          <h2 id={titleId} className="text-lg font-semibold">
            {title}
          </h2>
          <Button look="quiet" icon="close" label={t('app.close')} onClick={onClose} />
        </header>
        {isShown && children}
      </div>
    </dialog>
  );
}

type ConfirmProps = {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly isBusy: boolean;
  /** Nothing is lost by it. */
  readonly isHarmless?: boolean;
  readonly problem?: ReactNode;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
};

/** Asks before something that cannot be taken back. */
export function Confirm(props: ConfirmProps) {
  const { title, text, action, isBusy, isHarmless = false, problem, onConfirm, onClose } = props;
  const { t } = useWords();
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      {problem}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t('app.cancel')}</Button>
        <Button look={isHarmless ? 'primary' : 'danger'} isBusy={isBusy} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
