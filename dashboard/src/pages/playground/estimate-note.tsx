import { count, dollars } from '../../format/amounts.ts';
import { useWords } from '../../words/index.ts';
import type { Estimate } from './estimate.ts';

const NANO_PER_DOLLAR = 1e9;

/** What a question will take, before it is sent. */
export function EstimateNote({ estimates }: { readonly estimates: readonly Estimate[] }) {
  const { t, language } = useWords();
  const money = (usd: number): string => dollars(BigInt(Math.ceil(usd * NANO_PER_DOLLAR)), language);
  const sum = (values: readonly (number | undefined)[]): number | undefined =>
    values.some((value) => value === undefined)
      ? undefined
      : values.reduce<number>((whole, value) => whole + (value ?? 0), 0);
  const tokens = Math.max(...estimates.map(({ inputTokens }) => inputTokens));
  const input = sum(estimates.map(({ inputUsd }) => inputUsd));
  const output = sum(estimates.map(({ outputUsdAtMost }) => outputUsdAtMost));
  const parts = [
    t('playground.aboutTokens', { tokens: count(tokens, language) }),
    input === undefined ? t('playground.noEstimate') : t('playground.aboutCost', { cost: money(input) }),
    output === undefined ? undefined : t('playground.answerAtMost', { cost: money(output) }),
  ];
  return (
    <p className="px-1 text-[13px] text-dim tabular-nums">{parts.filter((part) => part !== undefined).join(' · ')}</p>
  );
}
