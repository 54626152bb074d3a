import type { JsonValue } from '../../kernel/json.ts';
import type { ChatRequest, ResponseFormat } from '../../protocol/chat-request.ts';
import type { EncodedCall, Target } from '../contract.ts';
import { invalid } from '../fields.ts';
import { Losses } from '../losses.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodeOptions, OPTION_FIELDS } from './encode-options.ts';
import { encodeThink } from './encode-think.ts';
import { encodeTools } from './encode-tools.ts';

export const NAME = 'ollama-chat';

/** Ollama's own top-level fields, which a caller of any dialect may send; `think` then stands over its reasoning effort. */
const OWN_FIELDS: readonly string[] = ['keep_alive', 'think', 'truncate', 'shift', 'options'];
const KEPT: ReadonlySet<string> = new Set([...OWN_FIELDS, ...OPTION_FIELDS]);

/**
 * A request for `/api/chat`: https://docs.ollama.com/api/chat
 *
 * By default a prompt that is longer than the model's context loses its beginning and nobody is told:
 * https://github.com/ollama/ollama/issues/4967. So `truncate: false` is sent and such a prompt is an error, unless the
 * caller says otherwise. A context is not chosen here: it takes memory in proportion, which this machine may not have
 * (https://docs.ollama.com/context-length), and another one than the last call's loads the model anew. The operator sets
 * it at the server or in the model, or a caller sends `num_ctx`.
 * @throws GatewayError `request.invalid` for a field of Ollama's own that is of the wrong kind
 */
export function encodeRequest(request: ChatRequest, target: Target): EncodedCall {
  const losses = new Losses();
  const logprobs = request.logprobs;
  const body = {
    model: target.upstreamModel,
    messages: encodeMessages(request.messages, losses),
    tools: encodeTools(request, losses),
    stream: request.streamed,
    format: encodeFormat(request.responseFormat, losses),
    think: ownThink(request) ?? encodeThink(request.reasoning, target.upstreamModel, losses),
    keep_alive: ownKeepAlive(request),
    truncate: ownBoolean(request, 'truncate') ?? false,
    shift: ownBoolean(request, 'shift'),
    logprobs: logprobs === undefined ? undefined : true,
    top_logprobs: logprobs === undefined || logprobs === 0 ? undefined : logprobs,
    options: encodeOptions(request),
  };
  noteLosses(request, losses);
  return {
    call: { path: target.path, headers: {}, body: Buffer.from(JSON.stringify(body)) },
    losses: losses.list,
  };
}

/** `json`, or the schema itself, which the answer is then made to match: there is no looser way, and no name for it. */
function encodeFormat(format: ResponseFormat | undefined, losses: Losses): JsonValue | undefined {
  if (format === undefined || format.kind === 'text') return undefined;
  if (format.kind === 'json') return 'json';
  losses.addIf(format.description, 'responseFormat.description', 'a schema is sent without a description');
  return format.schema;
}

function noteLosses(request: ChatRequest, losses: Losses): void {
  const none = 'Ollama has no such field';
  losses.addIf(request.logitBias, 'logitBias', none);
  if ((request.choices ?? 1) !== 1) losses.add('choices', 'Ollama gives one answer');
  if (request.parallelToolCalls === false) losses.add('parallelToolCalls', none);
  if (!isDefaultTier(request.serviceTier)) losses.add('serviceTier', none);
  losses.addIf(request.endUser, 'endUser', none);
  losses.addIf(request.metadata, 'metadata', none);
  losses.addIf(request.verbosity, 'verbosity', none);
  if (request.modalities?.some((kind) => kind !== 'text') === true) losses.add('modalities', 'answers are text');
  losses.addIf(request.audio, 'audio', 'answers are text');
  losses.addIf(request.promptCacheKey, 'promptCacheKey', 'the cache is kept without a name');
  losses.addIf(request.cache, 'cache', 'the cache is kept unasked');
  losses.addExtra(request, NAME, KEPT);
}

function isDefaultTier(tier: string | undefined): boolean {
  return tier === undefined || tier === 'auto' || tier === 'default';
}

function ownThink({ extra }: ChatRequest): boolean | string | undefined {
  const think = extra['think'];
  if (think === undefined || think === null) return undefined;
  if (typeof think !== 'boolean' && typeof think !== 'string') throw invalid('think', 'must be true, false or a level');
  return think;
}

/** Seconds, or a duration such as `10m`; 0 unloads the model, a negative one keeps it. */
function ownKeepAlive({ extra }: ChatRequest): string | number | undefined {
  const value = extra['keep_alive'];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' && typeof value !== 'number') throw invalid('keep_alive', 'must be text or a number');
  return value;
}

function ownBoolean({ extra }: ChatRequest, key: string): boolean | undefined {
  const value = extra[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw invalid(key, 'must be true or false');
  return value;
}
