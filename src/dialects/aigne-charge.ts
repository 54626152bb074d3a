import type { JsonObject } from '../kernel/json.ts';
import { formatCredits } from '../kernel/money.ts';
import type { Usage } from '../protocol/usage.ts';
import type { ToldCharge } from './contract.ts';
import { inputTotal, outputTotal } from './usage-totals.ts';

/** The client refuses an answer with any other: https://www.npmjs.com/package/@aigne/core */
const PREFIXES: ReadonlySet<string> = new Set(['$', '€', '¥']);

/** What AIGNE's clients are told before amounts: nothing where they would refuse it. */
export function encodePrefix(prefix: string | undefined): { readonly creditPrefix?: string } {
  return prefix === undefined || !PREFIXES.has(prefix) ? {} : { creditPrefix: prefix };
}

/** What a call takes, as a number, and by which name it is found. Nothing where nobody is charged. */
export function encodeCharge(charge: ToldCharge | undefined, recordId: string): JsonObject {
  if (charge === undefined) return {};
  const { amountNano, prefix } = charge;
  return { aigneHubCredits: Number(formatCredits(amountNano)), ...encodePrefix(prefix), modelCallId: recordId };
}

/**
 * The two numbers that the framework's client takes usage by, or nothing where one was not said. A charge is read only beside
 * them, so that where there is one what was not said is 0, as the first hubs have it for pictures.
 */
export function frameworkTokens(
  usage: Usage,
  charge: ToldCharge | undefined,
): { readonly inputTokens: number; readonly outputTokens: number } | undefined {
  const inputTokens = inputTotal(usage);
  const outputTokens = outputTotal(usage);
  if (charge !== undefined) return { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0 };
  return inputTokens === undefined || outputTokens === undefined ? undefined : { inputTokens, outputTokens };
}
