import type { CallError, OperationId, Taken } from '../../api/call.ts';
import type { ChargedPrice, PriceRule } from '../../api/types.ts';

export type NewRules = Taken<'addPriceRules'>['body']['rules'];
export type NewRule = NewRules[number];
export type ListedLine = NonNullable<NewRule['prices']>[number];
export type ChargedLine = ChargedPrice['lines'][number];
/** What a price is of, and when it counts. */
export type LineOf = Omit<ListedLine, 'credits_per_million'>;

export type ModelAt = Pick<ChargedPrice, 'provider_id' | 'model'>;
export type Scope = Pick<PriceRule, 'customer_group_id' | 'provider_id' | 'model'>;

/** What is asked again once prices have changed. */
export const PRICES_CHANGED: readonly OperationId[] = [
  'listChargedPrices',
  'listPriceRules',
  'listPrices',
  'listPriceHistory',
  'listPriceProposals',
];

/** As many rules as the hub takes at once. */
export const RULES_MAX = 500;

/** Names a model in an address: no provider's id has a slash. */
export function nameOf({ provider_id, model }: ModelAt): string {
  return `${provider_id}/${model}`;
}

export function modelNamed(name: string): ModelAt {
  const at = name.indexOf('/');
  return { provider_id: name.slice(0, Math.max(0, at)), model: name.slice(at + 1) };
}

/** One scope, one text. */
export function scopeKey({ customer_group_id, provider_id, model }: Scope): string {
  return JSON.stringify([customer_group_id, provider_id, model]);
}

/** A scope as a rule has it: what it is not about is left out. */
export function scopeOf(groupId: string | undefined, { provider_id, model }: Partial<ModelAt>): Scope {
  return {
    ...(groupId === undefined ? {} : { customer_group_id: groupId }),
    ...(provider_id === undefined ? {} : { provider_id }),
    ...(model === undefined ? {} : { model }),
  };
}

/** Whose rules may count for a model, those first that win. */
export function scopesFor(groupId: string | undefined, { provider_id, model }: ModelAt): readonly Scope[] {
  return (groupId === undefined ? [undefined] : [groupId, undefined]).flatMap((group) => [
    scopeOf(group, { provider_id, model }),
    scopeOf(group, { provider_id }),
    scopeOf(group, {}),
  ]);
}

/** What a line is of and when it counts, without its price. */
export function placeOf({ unit, above_input_tokens, utc_window, image_size, image_quality, batch }: LineOf): LineOf {
  return {
    unit,
    ...(above_input_tokens === undefined ? {} : { above_input_tokens }),
    ...(utc_window === undefined ? {} : { utc_window }),
    ...(image_size === undefined ? {} : { image_size }),
    ...(image_quality === undefined ? {} : { image_quality }),
    ...(batch === true ? { batch } : {}),
  };
}

/** The line of a unit that counts where nothing special applies. */
export function plainLine<Line extends LineOf>(lines: readonly Line[], unit: LineOf['unit']): Line | undefined {
  const wanted = JSON.stringify({ unit });
  return lines.find((line) => JSON.stringify(placeOf(line)) === wanted);
}

/** What of a rule the hub refused: its margin, or what it says as a whole. */
export function marginProblem(error: CallError | null): string | undefined {
  return error?.param !== undefined && /^rules\b/.test(error.param) ? error.message : undefined;
}
