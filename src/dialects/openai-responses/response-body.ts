import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { ChatRequest } from '../../protocol/chat-request.ts';
import type { Answering } from '../contract.ts';
import { responseId } from './encode-error.ts';
import { writeFormat, writeTool, writeToolChoice } from './wire-settings.ts';

/** What a Response says beyond its request's settings. */
export type ResponseState = {
  readonly status: 'in_progress' | 'completed' | 'incomplete';
  /** Why it is incomplete. */
  readonly reason: string | undefined;
  readonly output: readonly JsonObject[];
  readonly usage: JsonObject | null;
  readonly serviceTier: string | undefined;
};

/**
 * Builds the Response object of one request, which says again what it was asked with. Everything but its state stays the
 * same from the first event of a stream to the last: https://platform.openai.com/docs/api-reference/responses/object
 */
export class ResponseBody {
  readonly #answering: Answering;
  readonly #settings: JsonObject;

  constructor(answering: Answering) {
    this.#answering = answering;
    this.#settings = settingsOf(answering.request);
  }

  at(state: ResponseState): JsonObject {
    const { requestId, nowSeconds, model, request } = this.#answering;
    return {
      id: responseId(requestId),
      object: 'response',
      created_at: nowSeconds,
      status: state.status,
      background: false,
      completed_at: null,
      error: null,
      incomplete_details: state.reason === undefined ? null : { reason: state.reason },
      model,
      output: [...state.output],
      previous_response_id: null,
      service_tier: state.serviceTier ?? request.serviceTier ?? null,
      store: false,
      usage: state.usage,
      ...this.#settings,
    };
  }
}

function settingsOf(request: ChatRequest): JsonObject {
  const { reasoning, responseFormat, toolChoice, tools } = request;
  return {
    instructions: instructionsOf(request),
    max_output_tokens: request.maxOutputTokens ?? null,
    max_tool_calls: null,
    metadata: { ...request.metadata },
    parallel_tool_calls: request.parallelToolCalls ?? true,
    prompt_cache_key: request.promptCacheKey ?? null,
    reasoning: { effort: reasoning?.effort ?? null, summary: reasoning?.summary ?? null },
    safety_identifier: request.endUser ?? null,
    temperature: request.temperature ?? null,
    text: textOf(request, responseFormat === undefined ? { type: 'text' } : writeFormat(responseFormat)),
    tool_choice: toolChoice === undefined ? 'auto' : writeToolChoice(toolChoice, tools),
    tools: tools.map(writeTool),
    top_logprobs: request.logprobs ?? 0,
    top_p: request.topP ?? null,
    truncation: 'disabled',
  };
}

function textOf(request: ChatRequest, format: JsonObject): JsonObject {
  return { format, ...(request.verbosity === undefined ? {} : { verbosity: request.verbosity }) };
}

/** The instructions are the conversation's first message, if it is the system's. */
function instructionsOf(request: ChatRequest): JsonValue {
  const [first] = request.messages;
  if (first?.role !== 'system' || first.parts.length !== 1) return null;
  const [part] = first.parts;
  return part?.type === 'text' ? part.text : null;
}
