import { type ReactNode, useRef, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import type { Picture } from './use-chat.ts';

const PICTURE_BYTES_MAX = 5 * 1024 * 1024;
const PICTURES_MAX = 5;

type ComposerProps = {
  readonly isBusy: boolean;
  readonly onAsk: (text: string, pictures: readonly Picture[]) => void;
  readonly onStop: () => void;
  readonly children: ReactNode;
};

/** Where a question is written. Enter sends it, Shift and Enter begins a new line. */
export function Composer({ isBusy, onAsk, onStop, children }: ComposerProps) {
  const { t } = useWords();
  const [text, setText] = useState('');
  const [pictures, setPictures] = useState<readonly Picture[]>([]);
  const [isTooLarge, setIsTooLarge] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const send = (): void => {
    if (isBusy || text.trim() === '') return;
    onAsk(text.trim(), pictures);
    setText('');
    setPictures([]);
  };
  const attach = async (chosen: FileList | null): Promise<void> => {
    const all = [...(chosen ?? [])];
    const small = all.filter(({ size }) => size <= PICTURE_BYTES_MAX).slice(0, PICTURES_MAX);
    setIsTooLarge(small.length < all.length);
    setPictures(await Promise.all(small.map(async (file) => ({ name: file.name, url: await dataUrl(file) }))));
  };
  return (
    <form
      className="sticky bottom-3 flex flex-col gap-2 rounded-xl border border-edge bg-raised p-3 shadow-sm"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {isTooLarge && <Notice tone="warn">{t('playground.tooLarge')}</Notice>}
      {pictures.length > 0 && (
        <div className="flex gap-2">
          {pictures.map(({ name, url }) => (
            <img key={url} src={url} alt={name} className="h-14 rounded-lg" />
          ))}
        </div>
      )}
      <textarea
        aria-label={t('playground.question')}
        placeholder={t('playground.question')}
        rows={2}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          // An input method uses Enter to choose what was typed.
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          send();
        }}
        className="max-h-60 w-full resize-none bg-transparent px-1 outline-none"
      />
      <div className="flex flex-wrap items-center gap-1">
        <input
          ref={files}
          type="file"
          accept="image/*"
          multiple
          hidden
          onChange={(event) => void attach(event.target.files)}
        />
        <Button look="quiet" icon="plus" onClick={() => files.current?.click()}>
          {t('playground.attach')}
        </Button>
        {children}
        <span className="ml-auto">
          {isBusy ? (
            <Button icon="stop" onClick={onStop}>
              {t('playground.stop')}
            </Button>
          ) : (
            <Button type="submit" look="primary" icon="send" disabled={text.trim() === ''}>
              {t('playground.send')}
            </Button>
          )}
        </span>
      </div>
    </form>
  );
}

function dataUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(typeof reader.result === 'string' ? reader.result : '');
    reader.onerror = () => reject(reader.error ?? new Error(file.name));
    reader.readAsDataURL(file);
  });
}
