import type { JsonObject } from '../../kernel/json.ts';
import type { ChatRequest, ReasoningRequest } from '../../protocol/chat-request.ts';
import type { Losses } from '../losses.ts';
import type { ModelAbilities } from './model-abilities.ts';
import { DIALECT } from './names.ts';

/**
 * How thinking is asked for, which differs from model to model: within a budget, adaptively, by effort alone.
 * https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking
 */
export type Thinking = {
  /** The `thinking` object; `undefined` leaves it to the model. */
  readonly config: JsonObject | undefined;
  /** The word for `output_config.effort`. */
  readonly effort: string | undefined;
  /** `manual` is thinking within a budget, which goes with fewer things than `adaptive`. */
  readonly mode: 'off' | 'manual' | 'adaptive';
  readonly maxTokens: number;
};

/** What is known of the request besides. */
export type ThinkingPlace = {
  readonly abilities: ModelAbilities;
  readonly maxTokens: number;
  /** Whether the caller set the answer's longest length; otherwise it may grow with the budget. */
  readonly isMaxTokensAsked: boolean;
  /** The most that the model answers with, where known. */
  readonly maxTokensMax: number;
  /** Whether a turn with calls is being answered that does not begin with thinking, which manual thinking requires. */
  readonly lacksThinkingBlock: boolean;
};

/** Anthropic takes no smaller budget. */
const BUDGET_TOKENS_MIN = 1024;
/** Left for the answer beside the thinking where the caller set no length. */
const ANSWER_TOKENS = 4096;

/** Our own table, for models that know budgets and no effort: about a doubling for each word. */
const BUDGETS: ReadonlyMap<string, number> = new Map([
  ['minimal', 1024],
  ['low', 2048],
  ['medium', 8192],
  ['high', 16_384],
  ['xhigh', 24_576],
  ['max', 32_000],
]);
const DEFAULT_EFFORT = 'medium';

const OFF: JsonObject = { type: 'disabled' };

/** Decides how the request thinks. What the model cannot do is told as a loss. */
export function encodeThinking(request: ChatRequest, place: ThinkingPlace, losses: Losses): Thinking {
  const { reasoning } = request;
  const { abilities, maxTokens } = place;
  if (reasoning === undefined) return { config: undefined, effort: undefined, mode: 'off', maxTokens };
  if (reasoning.enabled === false || reasoning.effort === 'none') return switchOff(reasoning, place, losses);
  // To this dialect's own callers effort is about the whole answer, and does not switch thinking on.
  const isEffortAlone =
    request.dialect === DIALECT && reasoning.enabled === undefined && reasoning.budgetTokens === undefined;
  if (isEffortAlone) {
    const effort = encodeEffort(reasoning.effort, abilities, losses);
    return { config: undefined, effort, mode: 'off', maxTokens };
  }
  if (!abilities.budgetThinking && !abilities.adaptiveThinking) {
    losses.add('reasoning', 'the model does not think');
    return { config: undefined, effort: undefined, mode: 'off', maxTokens };
  }
  const wantsBudget = reasoning.budgetTokens !== undefined || !abilities.adaptiveThinking;
  if (abilities.budgetThinking && wantsBudget && !place.lacksThinkingBlock) {
    return thinkWithin(reasoning, place, losses);
  }
  if (abilities.adaptiveThinking) return thinkAdaptively(reasoning, place, losses);
  losses.add('reasoning', 'the turn that is being answered does not begin with its thinking');
  return { config: OFF, effort: undefined, mode: 'off', maxTokens };
}

function switchOff(reasoning: ReasoningRequest, place: ThinkingPlace, losses: Losses): Thinking {
  const { abilities, maxTokens } = place;
  const asked = reasoning.effort === 'none' ? undefined : encodeEffort(reasoning.effort, abilities, losses);
  const canThink = abilities.budgetThinking || abilities.adaptiveThinking;
  switch (abilities.thinkingOff) {
    case 'disabled':
      return { config: canThink ? OFF : undefined, effort: asked, mode: 'off', maxTokens };
    case 'disabled-up-to-high':
      return { config: OFF, effort: atMostHigh(asked, losses), mode: 'off', maxTokens };
    case 'between-tools':
      losses.add('reasoning.enabled', 'the model takes notes between calls even so');
      return { config: { type: 'between_tools' }, effort: atMostHigh(asked, losses), mode: 'adaptive', maxTokens };
    case 'never':
      losses.add('reasoning.enabled', 'the model always thinks; it is asked for little effort');
      return { config: undefined, effort: asked ?? 'low', mode: 'adaptive', maxTokens };
  }
}

function atMostHigh(effort: string | undefined, losses: Losses): string | undefined {
  if (effort !== 'xhigh' && effort !== 'max') return effort;
  losses.add('reasoning.effort', 'without thinking the model goes up to `high`');
  return 'high';
}

function thinkAdaptively(reasoning: ReasoningRequest, place: ThinkingPlace, losses: Losses): Thinking {
  const { abilities, maxTokens } = place;
  let asked = reasoning.effort;
  if (reasoning.budgetTokens !== undefined) {
    losses.add('reasoning.budgetTokens', 'the model decides itself how much to think; the budget is told as an effort');
    asked ??= effortOfBudget(reasoning.budgetTokens);
  }
  return {
    config: { type: 'adaptive', ...encodeDisplay(reasoning) },
    effort: encodeEffort(asked, abilities, losses),
    mode: 'adaptive',
    maxTokens,
  };
}

function thinkWithin(reasoning: ReasoningRequest, place: ThinkingPlace, losses: Losses): Thinking {
  const { abilities, maxTokensMax } = place;
  let budget = reasoning.budgetTokens ?? budgetOfEffort(reasoning.effort);
  let effort: string | undefined;
  if (abilities.efforts.length > 0) effort = encodeEffort(reasoning.effort, abilities, losses);
  else losses.addIf(reasoning.effort, 'reasoning.effort', 'the model knows budgets only, and is given one');
  if (budget < BUDGET_TOKENS_MIN) {
    losses.add('reasoning.budgetTokens', `the least is ${BUDGET_TOKENS_MIN}`);
    budget = BUDGET_TOKENS_MIN;
  }
  const maxTokens = place.isMaxTokensAsked
    ? place.maxTokens
    : Math.min(Math.max(place.maxTokens, budget + ANSWER_TOKENS), maxTokensMax);
  if (maxTokens <= BUDGET_TOKENS_MIN) {
    losses.add('reasoning', 'the answer may not be long enough for any thinking');
    return { config: OFF, effort, mode: 'off', maxTokens };
  }
  if (budget >= maxTokens) {
    // The budget is a part of the answer's length: half of it is left for the words.
    if (reasoning.budgetTokens !== undefined)
      losses.add('reasoning.budgetTokens', 'it exceeds the length of the answer');
    budget = Math.max(BUDGET_TOKENS_MIN, Math.floor(maxTokens / 2));
  }
  return {
    config: { type: 'enabled', budget_tokens: budget, ...encodeDisplay(reasoning) },
    effort,
    mode: 'manual',
    maxTokens,
  };
}

/** Thinking is shown as a summary, or left out: https://docs.anthropic.com/en/docs/build-with-claude/thinking */
function encodeDisplay({ summary }: ReasoningRequest): JsonObject {
  if (summary === undefined) return {};
  return { display: summary === 'omitted' ? 'omitted' : 'summarized' };
}

/** The word for effort, or the strongest that the model knows and that is not stronger. */
function encodeEffort(effort: string | undefined, abilities: ModelAbilities, losses: Losses): string | undefined {
  if (effort === undefined || abilities.efforts.includes(effort)) return effort;
  const [weakest] = abilities.efforts;
  const asked = BUDGETS.get(effort);
  if (weakest === undefined || asked === undefined) {
    losses.add('reasoning.effort', `the model does not know \`${effort}\``);
    return undefined;
  }
  const nearest = abilities.efforts.findLast((word) => (BUDGETS.get(word) ?? 0) <= asked) ?? weakest;
  losses.add('reasoning.effort', `the model does not know \`${effort}\` and is asked for \`${nearest}\``);
  return nearest;
}

function budgetOfEffort(effort = DEFAULT_EFFORT): number {
  return BUDGETS.get(effort) ?? BUDGETS.get(DEFAULT_EFFORT) ?? BUDGET_TOKENS_MIN;
}

/** The weakest word whose budget holds as much. */
function effortOfBudget(budgetTokens: number): string {
  for (const [effort, budget] of BUDGETS) {
    if (effort !== 'minimal' && budget >= budgetTokens) return effort;
  }
  return 'max';
}
