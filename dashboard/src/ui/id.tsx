import { useState } from 'react';
import { useWords } from '../words/index.ts';
import { Button } from './button.tsx';
import { copyText } from './code.tsx';

const COPIED_MS = 2000;

/** An id, or another text that nobody types, with a way to copy it. */
export function Id({ text }: { readonly text: string }) {
  const { t } = useWords();
  const [isCopied, setIsCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await copyText(text);
    setIsCopied(true);
    setTimeout(() => setIsCopied(false), COPIED_MS);
  };
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      <span className="font-mono text-[13px] break-all">{text}</span>
      <Button
        look="quiet"
        className="-my-2 shrink-0"
        icon={isCopied ? 'check' : 'copy'}
        label={isCopied ? t('app.copied') : `${t('app.copy')}: ${text}`}
        onClick={() => void copy()}
      />
    </span>
  );
}
