import { UsageFailure } from './failure.ts';

/** For an option that may be repeated. */
export const collect = (value: string, earlier: readonly string[]): readonly string[] => [...earlier, value];

/** `a, b` → each of them. */
export function splitList(text: string): readonly string[] {
  return text.split(',').map((entry) => entry.trim());
}

/** @throws UsageFailure for what is no whole number */
export function wholeOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new UsageFailure(`${option}: “${text}” is no whole number`);
  return Number(text);
}

/** `name=value`, as often as it was typed. @throws UsageFailure for what is none */
export function pairsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const split = pair.indexOf('=');
      if (split < 1) throw new UsageFailure(`"${pair}" is not name=value`);
      return [pair.slice(0, split), pair.slice(split + 1)];
    }),
  );
}
