import { useEffect, useRef, useState } from 'react';
import { useAddress } from '../../app/address.ts';
import { useCallableModels } from '../../app/callable.ts';
import { useMe } from '../../app/session.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import type { ModelAccess } from './access.ts';
import { type Asked, bodyOf } from './chat-body.ts';
import { CodeDialog } from './code-dialog.tsx';
import { Composer } from './composer.tsx';
import { estimate } from './estimate.ts';
import { EstimateNote } from './estimate-note.tsx';
import { readHistory, writeHistory } from './history.ts';
import { keepChat, removeChats } from './kept-chats.ts';
import { KeptDialog } from './kept-dialog.tsx';
import { ModelChoice } from './model-choice.tsx';
import { Results } from './results.tsx';
import { canBeSent, type Parameter, PLAIN } from './settings.ts';
import { SettingsFields } from './settings-fields.tsx';
import { TurnView } from './turn-view.tsx';
import { type Attachment, openCalls, type Turn } from './turns.ts';
import { useChat } from './use-chat.ts';

/** One conversation, or the same question to two models side by side. */
export function Chats({ access, isDouble }: { readonly access: ModelAccess; readonly isDouble: boolean }) {
  const { t } = useWords();
  const { said: search, say: change } = useAddress();
  const factsOf = useModelFacts();
  const [settings, setSettings] = useState(PLAIN);
  const [showsCode, setShowsCode] = useState(false);
  const [showsHistory, setShowsHistory] = useState(false);
  const { user } = useMe();
  const left = useColumn(access, 0);
  const right = useColumn(access, 1);
  const models = [
    search['model'] ?? access.models[0] ?? '',
    search['other'] ?? access.models[1] ?? access.models[0] ?? '',
  ];
  const columns = (isDouble ? [left, right] : [left]).map((chat, index) => {
    const model = models[index] ?? '';
    const facts = factsOf(model);
    return { chat, index, facts, asked: { model, settings, takes: facts?.parameters } satisfies Asked };
  });
  const isWaiting = columns.some(({ chat }) => !chat.isBusy && openCalls(chat.turns).length > 0);
  const isEmpty = columns.every(({ chat }) => chat.turns.length === 0);
  const keepAll = (): void => {
    for (const { chat, asked } of columns) keepChat(user.id, { model: asked.model, turns: chat.turns });
  };
  const ask = (text: string, attachments: readonly Attachment[]): void => {
    for (const { chat, asked } of columns) void chat.ask(text, attachments, asked);
  };
  const estimatesOf = (text: string, attachments: readonly Attachment[]) =>
    columns.map(({ chat, asked, facts }) => {
      const draft: Turn = { id: 0, role: 'user', text, thinking: '', attachments };
      return estimate(bodyOf([...chat.turns, draft], asked), facts?.prices);
    });
  const hindrance = isWaiting
    ? t('playground.resultsFirst')
    : canBeSent(settings)
      ? undefined
      : t('playground.settingsWrong');
  return (
    <div className="flex flex-col gap-4">
      <SettingsFields
        settings={settings}
        takes={anyOf(columns.map(({ facts }) => facts?.parameters))}
        onChange={setSettings}
      />
      <div className={`grid grid-cols-1 gap-4 ${isDouble ? 'lg:grid-cols-2' : ''}`}>
        {columns.map(({ chat, index, asked }) => (
          <Card
            key={index}
            title={
              <ModelChoice
                models={access.models}
                value={asked.model}
                onChange={(chosen) => change(index === 0 ? { model: chosen } : { other: chosen })}
              />
            }
          >
            <Conversation chat={chat} asked={asked} />
          </Card>
        ))}
      </div>
      <Composer
        isBusy={columns.some(({ chat }) => chat.isBusy)}
        hindrance={hindrance}
        onAsk={ask}
        onStop={() => {
          for (const { chat } of columns) chat.stop();
        }}
        noteOn={(text, attachments) => text !== '' && <EstimateNote estimates={estimatesOf(text, attachments)} />}
      >
        <Button look="quiet" disabled={left.turns.length === 0} onClick={() => setShowsCode(true)}>
          {t('playground.code')}
        </Button>
        <Button
          look="quiet"
          disabled={isEmpty}
          onClick={() => {
            keepAll();
            for (const { chat } of columns) chat.replace([]);
          }}
        >
          {t('playground.newChat')}
        </Button>
        <Button look="quiet" onClick={() => setShowsHistory(true)}>
          {t('playground.history')}
        </Button>
        <Button
          look="quiet"
          icon="trash"
          disabled={isEmpty}
          onClick={() => {
            for (const { chat } of columns) chat.replace([]);
          }}
        >
          {t('playground.clear')}
        </Button>
      </Composer>
      {showsHistory && (
        <KeptDialog
          userId={user.id}
          onOpen={({ id, turns, model }) => {
            keepAll();
            // It is the present one from here on.
            removeChats(user.id, (chat) => chat.id === id);
            left.replace(turns);
            change({ model });
            setShowsHistory(false);
          }}
          onClose={() => setShowsHistory(false)}
        />
      )}
      {showsCode && columns[0] !== undefined && (
        <CodeDialog body={bodyOf(questionOf(left.turns), columns[0].asked)} onClose={() => setShowsCode(false)} />
      )}
    </div>
  );
}

/** What the hub knows of a model before it is called. */
function useModelFacts() {
  const models = useCallableModels();
  const byName = new Map(models.data?.data.map((model) => [model.name, model]));
  return (name: string) => byName.get(name);
}

/** What any of the models takes; `undefined` where one of them is not known. */
function anyOf(lists: readonly (readonly Parameter[] | undefined)[]): readonly Parameter[] | undefined {
  const known = lists.filter((list) => list !== undefined);
  return known.length < lists.length ? undefined : known.flat();
}

/** The conversation up to what is to be answered: without failures, and without the answer that has come. */
function questionOf(turns: readonly Turn[]): readonly Turn[] {
  const heard = turns.filter(({ error }) => error === undefined);
  return heard.slice(0, heard.findLastIndex(({ role }) => role !== 'assistant') + 1);
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

function Conversation({ chat, asked }: { readonly chat: ReturnType<typeof useColumn>; readonly asked: Asked }) {
  const { t } = useWords();
  const end = useRef<HTMLDivElement>(null);
  const length = chat.turns.at(-1)?.text.length ?? 0;
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'nearest' });
  }, [length, chat.turns.length]);
  if (chat.turns.length === 0) return <p className="py-10 text-center text-dim">{t('playground.empty')}</p>;
  const calls = chat.isBusy ? [] : openCalls(chat.turns);
  return (
    <>
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
      {calls.length > 0 && (
        <Results
          key={chat.turns.at(-1)?.id}
          calls={calls}
          onGive={(results) => void chat.giveResults(results, asked)}
        />
      )}
    </>
  );
}
