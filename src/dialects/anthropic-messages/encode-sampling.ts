import type { JsonObject } from '../../kernel/json.ts';
import type { ChatRequest } from '../../protocol/chat-request.ts';
import type { Losses } from '../losses.ts';
import type { Thinking } from './encode-thinking.ts';
import type { ModelAbilities } from './model-abilities.ts';

/** With thinking on, a nucleus below this is refused. */
const TOP_P_MIN_WITH_THINKING = 0.95;
const TEMPERATURE_MAX = 1;

/**
 * How tokens are chosen, and where the answer stops, as far as the model takes it:
 * https://docs.anthropic.com/en/api/messages#body-temperature
 */
export function encodeSampling(
  request: ChatRequest,
  { abilities, mode }: { readonly abilities: ModelAbilities; readonly mode: Thinking['mode'] },
  losses: Losses,
): JsonObject {
  const body: JsonObject = {};
  const temperature = encodeTemperature(request.temperature, { abilities, mode }, losses);
  if (temperature !== undefined) body['temperature'] = temperature;
  const topP = encodeTopP(request.topP, { abilities, mode, hasTemperature: temperature !== undefined }, losses);
  if (topP !== undefined) body['top_p'] = topP;
  const topK = encodeTopK(request.topK, { abilities, mode }, losses);
  if (topK !== undefined) body['top_k'] = topK;
  const stop = encodeStop(request.stop, losses);
  if (stop !== undefined) body['stop_sequences'] = stop;
  return body;
}

type Place = { readonly abilities: ModelAbilities; readonly mode: Thinking['mode'] };

/** Nothing is lost with a temperature of 1, which is what the model has by itself. */
function encodeTemperature(
  temperature: number | undefined,
  { abilities, mode }: Place,
  losses: Losses,
): number | undefined {
  if (temperature === undefined) return undefined;
  if (abilities.sampling === 'none' || mode !== 'off') {
    if (temperature !== TEMPERATURE_MAX) losses.add('temperature', refusal(abilities));
    return undefined;
  }
  if (temperature > TEMPERATURE_MAX) losses.add('temperature', `the provider goes up to ${TEMPERATURE_MAX}`);
  if (temperature < 0) losses.add('temperature', 'the provider goes down to 0');
  return Math.min(Math.max(temperature, 0), TEMPERATURE_MAX);
}

function encodeTopP(
  topP: number | undefined,
  { abilities, mode, hasTemperature }: Place & { readonly hasTemperature: boolean },
  losses: Losses,
): number | undefined {
  if (topP === undefined) return undefined;
  const isRefused =
    abilities.sampling === 'none' || (mode !== 'off' && !(topP >= TOP_P_MIN_WITH_THINKING && topP <= 1));
  // A nucleus of 1 holds every token and changes nothing.
  if (topP === 1 && (isRefused || hasTemperature)) return undefined;
  if (isRefused) {
    losses.add('topP', refusal(abilities));
    return undefined;
  }
  if (hasTemperature && abilities.sampling === 'temperature-or-top-p') {
    losses.add('topP', 'the model takes it or a temperature, and not both');
    return undefined;
  }
  if (topP >= 0 && topP <= 1) return topP;
  losses.add('topP', 'the provider takes 0 to 1');
  return undefined;
}

function encodeTopK(topK: number | undefined, { abilities, mode }: Place, losses: Losses): number | undefined {
  if (topK === undefined) return undefined;
  if (abilities.sampling !== 'none' && mode === 'off') return topK;
  losses.add('topK', refusal(abilities));
  return undefined;
}

function refusal({ sampling }: ModelAbilities): string {
  return sampling === 'none' ? 'the model takes no such parameter' : 'the model takes none while it thinks';
}

/** A sequence of nothing but white space is refused. */
function encodeStop(stop: readonly string[] | undefined, losses: Losses): string[] | undefined {
  if (stop === undefined) return undefined;
  const visible = stop.filter((sequence) => sequence.trim() !== '');
  if (visible.length < stop.length) losses.add('stop', 'the provider stops at no white space');
  return visible.length === 0 ? undefined : visible;
}
