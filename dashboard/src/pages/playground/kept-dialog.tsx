import { useState } from 'react';
import { ago } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Empty } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { type KeptChat, keptChats, removeChats } from './kept-chats.ts';

type KeptDialogProps = {
  readonly userId: string;
  readonly onOpen: (chat: KeptChat) => void;
  readonly onClose: () => void;
};

/** Earlier conversations, to be opened again or removed. */
export function KeptDialog({ userId, onOpen, onClose }: KeptDialogProps) {
  const { t, language } = useWords();
  const [chats, setChats] = useState(() => keptChats(userId));
  const remove = (isRemoved: (chat: KeptChat) => boolean): void => {
    removeChats(userId, isRemoved);
    setChats(keptChats(userId));
  };
  return (
    <Dialog title={t('playground.history')} onClose={onClose} isPanel>
      <p className="text-[13px] text-dim">{t('playground.historyHint')}</p>
      {chats.length === 0 && <Empty icon="playground" title={t('playground.noHistory')} />}
      <ul className="flex flex-col divide-y divide-line">
        {chats.map((chat) => {
          const title = chat.turns.find(({ role }) => role === 'user')?.text ?? chat.model;
          return (
            <li key={chat.id} className="flex items-center gap-3 py-2.5">
              <button type="button" onClick={() => onOpen(chat)} className="min-w-0 grow text-left hover:text-accent">
                <span className="line-clamp-2 font-medium break-words">{title}</span>
                <span className="text-[13px] text-dim">
                  {chat.model} · {ago(chat.at, language)}
                </span>
              </button>
              <Button
                look="quiet"
                icon="trash"
                label={t('playground.forget', { title: title.slice(0, 60) })}
                onClick={() => remove(({ id }) => id === chat.id)}
              />
            </li>
          );
        })}
      </ul>
      {chats.length > 0 && (
        <div>
          <Button icon="trash" onClick={() => remove(() => true)}>
            {t('playground.forgetAll')}
          </Button>
        </div>
      )}
    </Dialog>
  );
}
