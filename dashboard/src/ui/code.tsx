import clsx from 'clsx';
import { useState } from 'react';
import { useWords } from '../words/index.ts';
import { Button } from './button.tsx';

const COPIED_MS = 2000;

/** Copies a text, and says so. */
export function CopyButton({ text, label }: { readonly text: string; readonly label?: string }) {
  const { t } = useWords();
  const [isCopied, setIsCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await copyText(text);
    setIsCopied(true);
    setTimeout(() => setIsCopied(false), COPIED_MS);
  };
  return (
    <Button icon={isCopied ? 'check' : 'copy'} onClick={() => void copy()}>
      <span aria-live="polite">{isCopied ? t('app.copied') : (label ?? t('app.copy'))}</span>
    </Button>
  );
}

type CodeProps = {
  readonly text: string;
  /** What it is called where several stand below each other. */
  readonly label?: string;
  /** Wraps its lines, and is no higher than what can be looked over at once. */
  readonly isLong?: boolean;
};

export function Code({ text, label, isLong = false }: CodeProps) {
  return (
    <div className="relative flex flex-col rounded-lg border border-line bg-ground">
      <pre
        className={clsx(
          'overflow-x-auto p-3.5 sm:pr-28 font-mono text-[13px] leading-relaxed',
          isLong && 'max-h-96 whitespace-pre-wrap wrap-anywhere',
        )}
        tabIndex={0}
        {...(label === undefined ? {} : { role: 'region', 'aria-label': label })}
      >
        <code>{text}</code>
      </pre>
      <div className="self-end px-2 pb-2 sm:absolute sm:top-2 sm:right-2 sm:p-0">
        <CopyButton text={text} />
      </div>
    </div>
  );
}

/** The clipboard is there over TLS and on this machine alone; elsewhere the old way has to do. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  // Beside an open dialog nothing can be selected.
  (document.activeElement?.closest('dialog') ?? document.body).append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
