import type { JsonObject } from '../../kernel/json.ts';
import type { ChatRequest } from '../../protocol/chat-request.ts';
import type { EncodedCall, Target } from '../contract.ts';
import { Losses } from '../losses.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodeReasoning } from './encode-reasoning.ts';
import { encodeSampling } from './encode-sampling.ts';
import { encodeTools } from './encode-tools.ts';
import { DIALECT, type Encoding, saidOf } from './encoding.ts';
import { familyOf } from './model-families.ts';

const METADATA_ENTRIES_MAX = 16;
const METADATA_KEY = /^[a-zA-Z0-9\s:_@$#=/+,\-.]{1,256}$/;
const METADATA_VALUE = /^[a-zA-Z0-9\s:_@$#=/+,\-.]{0,256}$/;
const SERVICE_TIERS: ReadonlySet<string> = new Set(['priority', 'default', 'flex', 'reserved']);
/** The tiers of other dialects that say what Bedrock does unasked. */
const USUAL_TIERS: ReadonlySet<string> = new Set(['auto', 'standard', 'standard_only']);

/**
 * A chat as a call of Converse or ConverseStream:
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export function encodeRequest(request: ChatRequest, target: Target): EncodedCall {
  const losses = new Losses();
  const family = familyOf(target.upstreamModel);
  const encoding: Encoding = { request, target, family, losses, callIds: new Map(), documentNames: new Set() };
  const conversation = encodeMessages(encoding);
  const reasoning = encodeReasoning(encoding);
  const sampling = encodeSampling(encoding, reasoning);
  const body: JsonObject = {
    system: conversation.system.length === 0 ? undefined : conversation.system,
    messages: conversation.messages,
    inferenceConfig: sampling.inferenceConfig,
    toolConfig: encodeTools(encoding, { isThinking: reasoning.isThinking, history: conversation.toolNames }),
    additionalModelRequestFields: saidOf({ ...sampling.fields, ...reasoning.fields }),
    additionalModelResponseFieldPaths: sampling.answerFields,
    requestMetadata: encodeMetadata(encoding),
    serviceTier: encodeServiceTier(encoding),
    outputConfig: encodeOutput(encoding),
  };
  noteUnexpressed(encoding);
  const verb = request.streamed ? 'converse-stream' : 'converse';
  return {
    call: {
      path: `${target.path}/${encodeURIComponent(target.upstreamModel)}/${verb}`,
      headers: {},
      body: Buffer.from(JSON.stringify(body)),
    },
    losses: losses.list,
  };
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html */
function encodeOutput({ request, family, losses }: Encoding): JsonObject | undefined {
  const format = request.responseFormat;
  if (format === undefined || format.kind === 'text') return undefined;
  if (format.kind === 'json') {
    losses.add('responseFormat', 'Bedrock knows JSON by a schema only');
    return undefined;
  }
  if (!family.structuredOutput) {
    losses.add('responseFormat', 'this model takes no schema on Bedrock');
    return undefined;
  }
  const { schema, name, description } = format;
  const jsonSchema: JsonObject = { schema: JSON.stringify(schema), name, description };
  return { textFormat: { type: 'json_schema', structure: { jsonSchema } } };
}

/** Bedrock writes these into its invocation logs; it refuses more of them and other characters. */
function encodeMetadata({ request, losses }: Encoding): JsonObject | undefined {
  const kept: JsonObject = {};
  let count = 0;
  for (const [key, value] of Object.entries(request.metadata ?? {})) {
    if (count < METADATA_ENTRIES_MAX && METADATA_KEY.test(key) && METADATA_VALUE.test(value)) {
      kept[key] = value;
      count += 1;
    } else losses.add('metadata', `Bedrock takes ${METADATA_ENTRIES_MAX} entries of plain characters`);
  }
  return count === 0 ? undefined : kept;
}

function encodeServiceTier({ request, losses }: Encoding): JsonObject | undefined {
  const tier = request.serviceTier;
  if (tier === undefined || USUAL_TIERS.has(tier)) return undefined;
  if (SERVICE_TIERS.has(tier)) return { type: tier };
  losses.add('serviceTier', 'Bedrock has no such tier');
  return undefined;
}

/** What Converse has no word for, whatever the model. */
function noteUnexpressed({ request, losses }: Encoding): void {
  const absent = 'Bedrock has no such parameter';
  losses.addIf(request.seed, 'seed', absent);
  losses.addIf(request.presencePenalty === 0 ? undefined : request.presencePenalty, 'presencePenalty', absent);
  losses.addIf(request.frequencyPenalty === 0 ? undefined : request.frequencyPenalty, 'frequencyPenalty', absent);
  losses.addIf(request.logitBias, 'logitBias', absent);
  losses.addIf(request.logprobs, 'logprobs', absent);
  losses.addIf(request.endUser, 'endUser', absent);
  losses.addIf(request.verbosity, 'verbosity', absent);
  losses.addIf(request.audio, 'audio', absent);
  losses.addIf(request.promptCacheKey, 'promptCacheKey', absent);
  if (request.choices !== undefined && request.choices !== 1) losses.add('choices', 'Bedrock gives one answer');
  if (request.modalities?.some((modality) => modality !== 'text') === true) losses.add('modalities', absent);
  if (request.parallelToolCalls === false) losses.add('parallelToolCalls', absent);
  losses.addExtra(request, DIALECT);
}
