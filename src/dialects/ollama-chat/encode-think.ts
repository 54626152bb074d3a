import type { ReasoningRequest } from '../../protocol/chat-request.ts';
import type { Losses } from '../losses.ts';

/** What a caller's word for effort is among the three levels. */
const LEVELS: Readonly<Record<string, 'low' | 'medium' | 'high'>> = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

/**
 * `think`: https://docs.ollama.com/capabilities/thinking
 *
 * Most models take true and false, and servers refuse a level for them; gpt-oss takes a level and cannot be kept from
 * thinking. `undefined` leaves it to the model, which is how `adaptive` is said.
 */
export function encodeThink(
  reasoning: ReasoningRequest | undefined,
  upstreamModel: string,
  losses: Losses,
): boolean | string | undefined {
  if (reasoning === undefined) return undefined;
  losses.addIf(reasoning.budgetTokens, 'reasoning.budgetTokens', 'thinking has no budget of its own');
  if (reasoning.summary !== undefined && reasoning.summary !== 'auto') {
    losses.add('reasoning.summary', 'thinking is shown as it is');
  }
  const takesLevels = /gpt-oss/i.test(upstreamModel);
  if (reasoning.enabled === false || reasoning.effort === 'none') {
    if (takesLevels) losses.add('reasoning.enabled', 'this model always thinks');
    return takesLevels ? 'low' : false;
  }
  if (reasoning.effort !== undefined) return encodeEffort(reasoning.effort, takesLevels, losses);
  if (reasoning.enabled === 'adaptive') return undefined;
  return reasoning.enabled === true || reasoning.budgetTokens !== undefined ? true : undefined;
}

function encodeEffort(effort: string, takesLevels: boolean, losses: Losses): boolean | string {
  const level = Object.hasOwn(LEVELS, effort) ? LEVELS[effort] : undefined;
  if (!takesLevels || level !== effort) {
    losses.add('reasoning.effort', takesLevels ? 'the levels are low, medium and high' : 'thinking is on or off');
  }
  return takesLevels ? (level ?? true) : true;
}
