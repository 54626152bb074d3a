import { type ReactNode, useRef, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Notice } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { ACCEPTED, type Attached, readFiles } from './attach.ts';
import type { Attachment } from './turns.ts';

const NOTHING: Attached = { attachments: [], texts: [], isCut: false };

type ComposerProps = {
  readonly isBusy: boolean;
  /** Why nothing can be sent now. */
  readonly hindrance: string | undefined;
  readonly onAsk: (text: string, attachments: readonly Attachment[]) => void;
  readonly onStop: () => void;
  /** What is to be known before the message is sent. */
  readonly noteOn: (text: string, attachments: readonly Attachment[]) => ReactNode;
  readonly children: ReactNode;
};

/** Where a question is written. Enter sends it, Shift and Enter begins a new line. */
export function Composer({ isBusy, hindrance, onAsk, onStop, noteOn, children }: ComposerProps) {
  const { t } = useWords();
  const [text, setText] = useState('');
  const [{ attachments, texts, isCut }, setAttached] = useState(NOTHING);
  const files = useRef<HTMLInputElement>(null);
  const whole = [text.trim(), ...texts].join('\n\n');
  const isSendable = !isBusy && hindrance === undefined && text.trim() !== '';
  const send = (): void => {
    if (!isSendable) return;
    onAsk(whole, attachments);
    setText('');
    setAttached(NOTHING);
  };
  const attach = async (chosen: FileList | null): Promise<void> => {
    setAttached(await readFiles([...(chosen ?? [])]));
    // The same file may be chosen again.
    if (files.current !== null) files.current.value = '';
  };
  return (
    <form
      className="sticky bottom-3 flex flex-col gap-2 rounded-xl border border-edge bg-raised p-3 shadow-sm"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {isCut && <Notice tone="warn">{t('playground.tooLarge')}</Notice>}
      {attachments.length + texts.length > 0 && (
        <div className="flex flex-wrap items-center gap-2">
          <Attachments attachments={attachments} />
          {texts.length > 0 && (
            <span className="text-[13px] text-dim">{t('playground.textFiles', { count: texts.length })}</span>
          )}
          <Button look="quiet" icon="close" label={t('playground.detach')} onClick={() => setAttached(NOTHING)} />
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
      {hindrance === undefined ? noteOn(whole, attachments) : <p className="px-1 text-[13px] text-warn">{hindrance}</p>}
      <div className="flex flex-wrap items-center gap-1">
        <input
          ref={files}
          type="file"
          accept={ACCEPTED}
          multiple
          hidden
          aria-label={t('playground.attach')}
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
            <Button type="submit" look="primary" icon="send" disabled={!isSendable}>
              {t('playground.send')}
            </Button>
          )}
        </span>
      </div>
    </form>
  );
}

/** Pictures as they are, files by their names. */
export function Attachments({ attachments }: { readonly attachments: readonly Attachment[] }) {
  return attachments.map(({ kind, name, url }, index) =>
    kind === 'picture' ? (
      <img key={index} src={url} alt={name} className="max-h-24 rounded-lg" />
    ) : (
      <span key={index} className="flex items-center gap-1.5 rounded-lg border border-line px-2 py-1 text-[13px]">
        <Icon name="requests" />
        {name}
      </span>
    ),
  );
}
