import type { ReactNode } from 'react';
import { useRows } from '../../api/pages.ts';
import type { PriceRule, RateCard } from '../../api/types.ts';
import { useCredits } from '../../app/credits.ts';
import { price } from '../../format/amounts.ts';
import { dateTime } from '../../format/times.ts';
import { MoreRows } from '../../ui/more-rows.tsx';
import { Badge, Loading, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { useActors } from '../audit/use-actors.ts';
import { ChangedLines } from './changed-lines.tsx';
import { type ModelAt, scopeKey } from './types.ts';
import { useRuleWords } from './use-rules.ts';

type Event =
  | { readonly kind: 'rule'; readonly id: string; readonly at: string; readonly rule: PriceRule }
  | { readonly kind: 'card'; readonly id: string; readonly at: string; readonly card: RateCard };

/** Every rule and every rate card that a model had, newest first: what became of what, who did it and why. */
export function Timeline({ model: { provider_id, model } }: { readonly model: ModelAt }) {
  const { t } = useWords();
  const rules = useRows('listPriceRules', { provider_id, model, wider: 'true' });
  const cards = useRows('listPriceHistory', { provider_id, model });
  const error = rules.error ?? cards.error;
  if (rules.rows === undefined || cards.rows === undefined) {
    return error === null ? <Loading /> : <Problem error={error} />;
  }
  const events = eventsOf(rules.rows, cards.rows);
  // Of a list that goes on, nothing is known from before its last row: there the line ends until more is asked for.
  const from = [
    rules.hasMore ? (rules.rows.at(-1)?.effective_from ?? '') : '',
    cards.hasMore ? (cards.rows.at(-1)?.effective_from ?? '') : '',
  ].reduce((latest, one) => (one > latest ? one : latest));
  return (
    <>
      {events.length === 0 && <p className="text-dim">{t('prices.noHistory')}</p>}
      <ol className="flex flex-col gap-3 border-l border-line pl-4">
        {events
          .filter(({ at }) => at >= from)
          .map((event) => (
            <li key={event.id}>
              {event.kind === 'rule' ? (
                <RuleEvent rule={event.rule} before={versionBefore(event.rule, rules.rows ?? [], scopeKey)} />
              ) : (
                <CardEvent
                  card={event.card}
                  before={versionBefore(event.card, cards.rows ?? [], ({ source }) => source)}
                />
              )}
            </li>
          ))}
      </ol>
      <MoreRows
        hasMore={rules.hasMore || cards.hasMore}
        isBusy={rules.isLoadingMore || cards.isLoadingMore}
        onMore={() => {
          if (rules.hasMore) rules.loadMore();
          if (cards.hasMore) cards.loadMore();
        }}
      />
    </>
  );
}

function eventsOf(rules: readonly PriceRule[], cards: readonly RateCard[]): readonly Event[] {
  const events: readonly Event[] = [
    ...rules.map((rule) => ({ kind: 'rule', id: rule.id, at: rule.effective_from, rule }) as const),
    ...cards.map((card) => ({ kind: 'card', id: card.id, at: card.effective_from, card }) as const),
  ];
  return events.toSorted((a, b) => (a.at === b.at ? 0 : a.at < b.at ? 1 : -1));
}

/** The version that the given one took the place of. */
function versionBefore<Version extends { readonly version: number }>(
  version: Version,
  all: readonly Version[],
  keyOf: (one: Version) => string,
): Version | undefined {
  return all.find((one) => one.version === version.version - 1 && keyOf(one) === keyOf(version));
}

function RuleEvent({ rule, before }: { readonly rule: PriceRule; readonly before: PriceRule | undefined }) {
  const { t } = useWords();
  const { exact } = useCredits();
  const { says, scopeName } = useRuleWords();
  const actors = useActors('installation');
  const who = rule.actor_id === undefined ? t('prices.byToken') : (actors.get(rule.actor_id) ?? rule.actor_id);
  const was = before === undefined || before.kind === 'none' ? t('prices.noRule') : says(before);
  return (
    <Around at={rule.effective_from} kind={<Badge tone="accent">{t('prices.rule')}</Badge>}>
      <p>
        <span className="text-dim">{scopeName(rule)}: </span>
        {was}
        <span aria-label={t('prices.becomes')} role="img">
          {' → '}
        </span>
        <span className="font-medium">{says(rule)}</span>
      </p>
      {rule.prices !== undefined && (
        <ChangedLines
          before={before?.prices}
          after={rule.prices}
          amountOf={({ credits_per_million: credits }) => exact(credits)}
        />
      )}
      <p className="text-[13px] wrap-anywhere text-dim">
        {rule.reason === undefined ? who : t('prices.whoAndWhy', { who, reason: rule.reason })}
      </p>
    </Around>
  );
}

function CardEvent({ card, before }: { readonly card: RateCard; readonly before: RateCard | undefined }) {
  const { t, language } = useWords();
  return (
    <Around at={card.effective_from} kind={<Badge>{t('prices.cost')}</Badge>}>
      <p>{t(`requests.cardSources.${card.source}`)}</p>
      <ChangedLines
        before={before?.prices}
        after={card.prices}
        amountOf={({ usd_per_million: usd }) => price(usd, language)}
      />
    </Around>
  );
}

type AroundProps = { readonly at: string; readonly kind: ReactNode; readonly children: ReactNode };

function Around({ at, kind, children }: AroundProps) {
  const { t, language } = useWords();
  const isLater = Date.parse(at) > Date.now();
  return (
    <article className="flex flex-col gap-0.5">
      <p className="flex flex-wrap items-center gap-2 text-[13px] text-dim">
        <time dateTime={at} className="tabular-nums">
          {dateTime(at, language)}
        </time>
        {kind}
        {isLater && <Badge tone="warn">{t('prices.later')}</Badge>}
      </p>
      {children}
    </article>
  );
}
