import type { ReactNode } from 'react';
import { count, dollars, duration } from '../../format/amounts.ts';
import { Spinner } from '../../ui/button.tsx';
import { Notice, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { checkSchema, uncheckedKeywords } from './check-schema.ts';
import { Attachments } from './composer.tsx';
import { inLines, isObject, type Json, readJson } from './json-text.ts';
import type { Facts, ToolCall, Turn } from './turns.ts';

const BOX = 'overflow-x-auto rounded-lg border border-line bg-ground p-3 font-mono text-[13px] whitespace-pre-wrap';

/** What one side said: a question with what goes along, the result of a call, or an answer with all that belongs to it. */
export function TurnView({ turn, isWaiting }: { readonly turn: Turn; readonly isWaiting: boolean }) {
  const { t } = useWords();
  if (turn.role === 'tool') {
    return (
      <Told title={t('playground.result')}>
        <pre className={BOX}>{inLines(turn.text)}</pre>
      </Told>
    );
  }
  if (turn.role === 'user') {
    return (
      <div className="ml-auto max-w-[85%] rounded-xl bg-accent-ground px-3.5 py-2.5">
        {turn.attachments.length > 0 && (
          <div className="mb-2 flex flex-wrap gap-2">
            <Attachments attachments={turn.attachments} />
          </div>
        )}
        <p className="break-words whitespace-pre-wrap">{turn.text}</p>
      </div>
    );
  }
  return (
    <div className="flex max-w-[95%] flex-col gap-1.5">
      {turn.thinking !== '' && (
        <details className="rounded-lg border border-line px-3 py-2 text-[13px] text-dim">
          <summary>{t('playground.thinking')}</summary>
          <p className="pt-1 break-words whitespace-pre-wrap">{turn.thinking}</p>
        </details>
      )}
      {turn.text !== '' && <Answered turn={turn} isWaiting={isWaiting} />}
      {turn.toolCalls?.map((call, index) => (
        <Called key={index} call={call} />
      ))}
      {isWaiting && <Spinner />}
      {turn.error !== undefined && <Problem error={turn.error} />}
      {turn.facts !== undefined && <FactsLine facts={turn.facts} />}
    </div>
  );
}

function Told({ title, children }: { readonly title: ReactNode; readonly children: ReactNode }) {
  return (
    <div className="flex max-w-[95%] flex-col gap-1.5">
      <p className="text-[13px] text-dim">{title}</p>
      {children}
    </div>
  );
}

function Called({ call }: { readonly call: ToolCall }) {
  const { t } = useWords();
  return (
    <Told title={t('playground.calls', { name: call.name })}>
      <pre className={BOX}>{inLines(call.arguments)}</pre>
    </Told>
  );
}

/** Words as they come; JSON that was to fit a schema, held against it once it is whole. */
function Answered({ turn, isWaiting }: { readonly turn: Turn; readonly isWaiting: boolean }) {
  const plain = <p className="break-words whitespace-pre-wrap">{turn.text}</p>;
  if (turn.schema === undefined || isWaiting || turn.facts === undefined) return plain;
  const value = readJson(turn.text);
  return (
    <>
      {value === undefined ? plain : <pre className={BOX}>{inLines(turn.text)}</pre>}
      <Fits value={value} schema={turn.schema} />
    </>
  );
}

function Fits({ value, schema }: { readonly value: Json | undefined; readonly schema: Json }) {
  const { t } = useWords();
  if (value === undefined || !isObject(schema)) return <Notice tone="bad">{t('playground.noJson')}</Notice>;
  const misfits = checkSchema(value, schema);
  const unchecked = uncheckedKeywords(schema);
  return (
    <>
      {misfits.length === 0 ? (
        <Notice tone="good">{t('playground.fits')}</Notice>
      ) : (
        <Notice tone="bad">
          <p>{t('playground.misfits')}</p>
          <ul className="mt-1 list-inside list-disc font-mono text-[13px]">
            {misfits.map(({ path, keyword, wanted }, index) => (
              <li key={index} className="break-all">
                {path}: {keyword} {wanted}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {unchecked.length > 0 && (
        <p className="text-[13px] text-dim">{t('playground.unchecked', { names: unchecked.join(', ') })}</p>
      )}
    </>
  );
}

function FactsLine({ facts }: { readonly facts: Facts }) {
  const { t, language } = useWords();
  const isPlainEnd = facts.endReason === undefined || ['stop', 'tool_calls'].includes(facts.endReason);
  const parts = [
    facts.firstMs === undefined ? undefined : `${t('overview.firstByte')} ${duration(facts.firstMs, language)}`,
    duration(facts.wholeMs, language),
    facts.input === undefined
      ? undefined
      : t('playground.tokens', { input: count(facts.input, language), output: count(facts.output ?? 0, language) }),
    facts.costNano === undefined ? undefined : dollars(facts.costNano, language),
    isPlainEnd ? undefined : facts.endReason,
    facts.losses === undefined ? undefined : t('playground.losses', { losses: facts.losses }),
  ];
  return <p className="text-xs text-dim tabular-nums">{parts.filter((part) => part !== undefined).join(' · ')}</p>;
}
