import { useEffect, useRef, useState } from 'react';
import { useAddress } from '../../app/address.ts';
import { useMe } from '../../app/session.tsx';
import { Button } from '../../ui/button.tsx';
import { Code } from '../../ui/code.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Card } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import type { ModelAccess } from './access.ts';
import { codeOf } from './code-of.ts';
import { Composer } from './composer.tsx';
import { readHistory, writeHistory } from './history.ts';
import { ModelChoice } from './model-choice.tsx';
import { ParameterFields } from './parameter-fields.tsx';
import { TurnView } from './turn-view.tsx';
import { bodyOf, type Parameters, type Picture, useChat } from './use-chat.ts';

const PLAIN: Parameters = { system: '', temperature: '', maxTokens: '', effort: '' };

/** One conversation, or the same question to two models side by side. */
export function Chats({ access, isDouble }: { readonly access: ModelAccess; readonly isDouble: boolean }) {
  const { t } = useWords();
  const { said: search, say: change } = useAddress();
  const [parameters, setParameters] = useState(PLAIN);
  const [showsCode, setShowsCode] = useState(false);
  const left = useColumn(access, 0);
  const right = useColumn(access, 1);
  const models = [
    search['model'] ?? access.models[0] ?? '',
    search['other'] ?? access.models[1] ?? access.models[0] ?? '',
  ];
  const columns = (isDouble ? [left, right] : [left]).map((chat, index) => ({
    chat,
    index,
    model: models[index] ?? '',
  }));
  const isBusy = columns.some(({ chat }) => chat.isBusy);
  const ask = (text: string, pictures: readonly Picture[]): void => {
    for (const { chat, model } of columns) void chat.ask(text, pictures, { model, parameters });
  };
  return (
    <div className="flex flex-col gap-4">
      <ParameterFields parameters={parameters} onChange={setParameters} />
      <div className={`grid grid-cols-1 gap-4 ${isDouble ? 'lg:grid-cols-2' : ''}`}>
        {columns.map(({ chat, index, model }) => (
          <Card
            key={index}
            title={
              <ModelChoice
                models={access.models}
                value={model}
                onChange={(chosen) => change(index === 0 ? { model: chosen } : { other: chosen })}
              />
            }
          >
            <Conversation chat={chat} />
          </Card>
        ))}
      </div>
      <Composer
        isBusy={isBusy}
        onAsk={ask}
        onStop={() => {
          for (const { chat } of columns) chat.stop();
        }}
      >
        <Button look="quiet" disabled={left.turns.length === 0} onClick={() => setShowsCode(true)}>
          {t('playground.code')}
        </Button>
        <Button
          look="quiet"
          icon="trash"
          disabled={columns.every(({ chat }) => chat.turns.length === 0)}
          onClick={() => {
            for (const { chat } of columns) chat.clear();
          }}
        >
          {t('playground.clear')}
        </Button>
      </Composer>
      {showsCode && (
        <Dialog title={t('playground.code')} onClose={() => setShowsCode(false)}>
          <Code
            text={codeOf(
              bodyOf(
                left.turns.filter(({ role }) => role === 'user'),
                { model: models[0] ?? '', parameters },
              ),
            )}
          />
        </Dialog>
      )}
    </div>
  );
}

/** A conversation that is found again when the page is opened the next time. */
function useColumn(access: ModelAccess, column: number) {
  const { user } = useMe();
  const [before] = useState(() => readHistory(user.id, column));
  const chat = useChat(access, before);
  useEffect(() => {
    if (!chat.isBusy) writeHistory(user.id, column, chat.turns);
  }, [chat.isBusy, chat.turns, user.id, column]);
  return chat;
}

function Conversation({ chat }: { readonly chat: ReturnType<typeof useColumn> }) {
  const { t } = useWords();
  const end = useRef<HTMLDivElement>(null);
  const length = chat.turns.at(-1)?.text.length ?? 0;
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'nearest' });
  }, [length, chat.turns.length]);
  if (chat.turns.length === 0) return <p className="py-10 text-center text-dim">{t('playground.empty')}</p>;
  return (
    <div
      className="flex max-h-[60dvh] min-h-40 flex-col gap-4 overflow-y-auto"
      tabIndex={0}
      role="log"
      aria-label={t('playground.kinds.chat')}
    >
      {chat.turns.map((turn) => (
        <TurnView key={turn.id} turn={turn} isWaiting={chat.isBusy && turn === chat.turns.at(-1)} />
      ))}
      <div ref={end} />
    </div>
  );
}
