import type { JsonObject } from '../../kernel/json.ts';
import type { EncodedReasoning } from './encode-reasoning.ts';
import { type Encoding, saidOf } from './encoding.ts';

const TEMPERATURE_MAX = 1;
/** While Claude thinks it takes no other temperature and no lower `topP`. */
const THINKING_TEMPERATURE = 1;
const THINKING_TOP_P_MIN = 0.95;
/** Where Claude tells which stop sequence it met: in a whole answer, and at the end of a stream. */
const STOP_SEQUENCE_FIELDS = ['/stop_sequence', '/delta/stop_sequence'];

export type EncodedSampling = {
  readonly inferenceConfig: JsonObject | undefined;
  /** For `additionalModelRequestFields`. */
  readonly fields: JsonObject;
  /** For `additionalModelResponseFieldPaths`. */
  readonly answerFields: string[] | undefined;
};

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InferenceConfiguration.html */
export function encodeSampling(encoding: Encoding, reasoning: EncodedReasoning): EncodedSampling {
  const { request, family } = encoding;
  const stop = request.stop?.filter((sequence) => sequence !== '') ?? [];
  const { temperature, topP } = reasoning.refusesLimits ? refuseLimits(encoding) : chooseSampling(encoding, reasoning);
  const inferenceConfig = saidOf({
    maxTokens: reasoning.refusesLimits || request.maxOutputTokens === 0 ? undefined : request.maxOutputTokens,
    temperature,
    topP,
    stopSequences: stop.length === 0 ? undefined : stop,
  });
  return {
    inferenceConfig,
    fields: encodeTopK(encoding, reasoning),
    answerFields: family.tellsStopSequence && stop.length > 0 ? [...STOP_SEQUENCE_FIELDS] : undefined,
  };
}

type Sampling = { readonly temperature: number | undefined; readonly topP: number | undefined };

/** https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html */
function refuseLimits({ request, losses }: Encoding): Sampling {
  const reason = 'the model takes none at its highest effort';
  losses.addIf(request.maxOutputTokens, 'maxOutputTokens', reason);
  losses.addIf(request.temperature, 'temperature', reason);
  losses.addIf(request.topP, 'topP', reason);
  return { temperature: undefined, topP: undefined };
}

function chooseSampling({ request, family, losses }: Encoding, { isThinking }: EncodedReasoning): Sampling {
  const { temperature, topP } = request;
  if (family.sampling === 'neither') {
    losses.addIf(temperature, 'temperature', 'the model takes none');
    losses.addIf(topP, 'topP', 'the model takes none');
    return { temperature: undefined, topP: undefined };
  }
  const isHot = temperature !== undefined && isThinking && temperature !== THINKING_TEMPERATURE;
  if (isHot) losses.add('temperature', 'the model takes none while it thinks');
  const chosen = isHot ? undefined : atMost(TEMPERATURE_MAX, temperature);
  if (chosen !== temperature && !isHot) losses.add('temperature', `Bedrock takes at most ${TEMPERATURE_MAX}`);
  if (topP !== undefined && isThinking && topP < THINKING_TOP_P_MIN) {
    losses.add('topP', `the model takes ${THINKING_TOP_P_MIN} or more while it thinks`);
    return { temperature: chosen, topP: undefined };
  }
  if (family.sampling === 'one' && chosen !== undefined && topP !== undefined) {
    losses.add('topP', 'the model takes it or a temperature, not both');
    return { temperature: chosen, topP: undefined };
  }
  return { temperature: chosen, topP };
}

function atMost(max: number, value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.min(value, max);
}

function encodeTopK({ request, family, losses }: Encoding, reasoning: EncodedReasoning): JsonObject {
  const { topK } = request;
  if (topK === undefined) return {};
  const [outer, inner] = family.topK ?? [];
  const isBarred = reasoning.isThinking || reasoning.refusesLimits;
  if (outer === undefined || isBarred || family.sampling === 'neither') {
    losses.add('topK', isBarred ? 'the model takes none while it thinks' : 'the model takes none');
    return {};
  }
  return inner === undefined ? { [outer]: topK } : { [outer]: { [inner]: topK } };
}
