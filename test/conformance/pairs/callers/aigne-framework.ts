import type { JsonObject } from '../../../../src/kernel/json.ts';
import type { CallerRequests } from '../caller.ts';
import {
  ANSWER,
  CALL_A,
  CALL_B,
  FILE_URL,
  FORMAT,
  IMAGE_URL,
  LATE_SYSTEM,
  NEXT_QUESTION,
  PDF,
  PNG,
  QUESTION,
  RESULT_A,
  RESULT_B,
  SYSTEM,
  TOOL,
  WAV,
} from '../scenario.ts';

const user = (content: string | JsonObject[]): JsonObject => ({ role: 'user', content });
const text = (said: string): JsonObject => ({ type: 'text', text: said });
/** Caching is asked for by default; here only where it is the matter. */
const input = (said: JsonObject, modelOptions: JsonObject = {}): JsonObject => ({
  agent: '$CHAT_MODEL',
  options: {},
  input: { ...said, modelOptions: { model: 'asked-model', cacheConfig: { enabled: false }, ...modelOptions } },
});
const told = (...messages: JsonObject[]): JsonObject => input({ messages });
const optioned = (modelOptions: JsonObject): JsonObject => input({ messages: [user(QUESTION)] }, modelOptions);
const shown = (part: JsonObject): JsonObject => told(user([text(QUESTION), part]));
const TOOLS = [{ type: 'function', function: TOOL }];
const withTools = (extra: JsonObject): JsonObject => input({ messages: [user(QUESTION)], tools: TOOLS, ...extra });
const call = ({ id, arguments: said }: typeof CALL_A): JsonObject => ({
  id,
  type: 'function',
  function: { name: TOOL.name, arguments: said },
});
const result = (toolCallId: string, content: string | JsonObject[]): JsonObject => ({
  role: 'tool',
  toolCallId,
  content,
});
const called = (toolCalls: JsonObject[], ...results: JsonObject[]): JsonObject =>
  input({ messages: [user(QUESTION), { role: 'agent', toolCalls }, ...results], tools: TOOLS });
const file = (mimeType: string, data: string): JsonObject => ({ type: 'file', mimeType, data });
const marked = (cacheControl: JsonObject): JsonObject =>
  input({ messages: [user([{ ...text(QUESTION), cacheControl }])] }, { cacheConfig: { strategy: 'manual' } });

/** What `@aigne/aigne-hub` sends, in the form of the AIGNE framework: https://www.npmjs.com/package/@aigne/core */
export const AIGNE_FRAMEWORK_REQUESTS: CallerRequests = {
  system: told({ role: 'system', content: SYSTEM }, user(QUESTION)),
  'system-late': told(user(QUESTION), { role: 'system', content: LATE_SYSTEM }, user(NEXT_QUESTION)),
  developer: 'there is one kind of system prompt',
  'multi-turn': told(user(QUESTION), { role: 'agent', content: ANSWER }, user(NEXT_QUESTION)),
  'image-url': shown({ type: 'url', url: IMAGE_URL, mimeType: 'image/png' }),
  'image-base64': shown(file('image/png', PNG)),
  'file-base64': shown({ ...file('application/pdf', PDF), filename: 'report.pdf' }),
  'file-url': shown({ type: 'url', url: FILE_URL, mimeType: 'application/pdf' }),
  audio: shown(file('audio/wav', WAV)),
  tools: withTools({}),
  'strict-tool': input({
    messages: [user(QUESTION)],
    tools: [{ type: 'function', function: { ...TOOL, strict: true } }],
  }),
  'custom-tool': 'tools take JSON',
  'tool-results': called([call(CALL_A), call(CALL_B)], result(CALL_A.id, RESULT_A), result(CALL_B.id, RESULT_B)),
  'tool-result-image': called([call(CALL_A)], result(CALL_A.id, [text(RESULT_A), file('image/png', PNG)])),
  'tool-result-error': 'a result does not tell whether it failed',
  'choice-auto': withTools({ toolChoice: 'auto' }),
  'choice-none': withTools({ toolChoice: 'none' }),
  'choice-required': withTools({ toolChoice: 'required' }),
  'choice-named': withTools({ toolChoice: { type: 'function', function: { name: TOOL.name } } }),
  'choice-allowed': 'a choice is of one tool or of all',
  'one-call': input({ messages: [user(QUESTION)], tools: TOOLS }, { parallelToolCalls: false }),
  json: 'output is text, or by a schema',
  schema: input({
    messages: [user(QUESTION)],
    responseFormat: { type: 'json_schema', jsonSchema: { ...FORMAT, strict: true } },
  }),
  effort: optioned({ reasoningEffort: 'high', maxTokens: 8192 }),
  budget: optioned({ reasoningEffort: 2048, maxTokens: 8192 }),
  'thinking-off': optioned({ reasoningEffort: 0 }),
  'cache-5m': marked({ type: 'ephemeral' }),
  'cache-1h': marked({ type: 'ephemeral', ttl: '1h' }),
  'cache-key': optioned({ promptCacheKey: 'a-cache' }),
  'tokens-max': optioned({ maxTokens: 300 }),
  temperature: optioned({ temperature: 0.5 }),
  'top-p': optioned({ topP: 0.9 }),
  'top-k': optioned({ topK: 40 }),
  stop: optioned({ stop: ['END'] }),
  seed: optioned({ seed: 7 }),
  'presence-penalty': optioned({ presencePenalty: 0.5 }),
  'frequency-penalty': optioned({ frequencyPenalty: 0.5 }),
  'logit-bias': optioned({ logitBias: { '50256': -100 } }),
  logprobs: 'the format has no such setting',
  choices: 'there is one answer',
  'service-tier': optioned({ serviceTier: 'flex' }),
  metadata: optioned({ metadata: { team: 'harbour' } }),
  'end-user': optioned({ user: 'user-1' }),
  verbosity: optioned({ verbosity: 'low' }),
};
