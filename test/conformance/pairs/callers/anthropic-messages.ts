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
} from '../scenario.ts';

const TOKENS_MAX = 8192;
const base = { model: 'asked-model', max_tokens: TOKENS_MAX };
const user = (content: string | JsonObject[]): JsonObject => ({ role: 'user', content });
const assistant = (content: string | JsonObject[]): JsonObject => ({ role: 'assistant', content });
const text = (said: string): JsonObject => ({ type: 'text', text: said });
const ask = (extra: JsonObject): JsonObject => ({ ...base, messages: [user(QUESTION)], ...extra });
const told = (...messages: JsonObject[]): JsonObject => ({ ...base, messages });
const shown = (part: JsonObject): JsonObject => told(user([part, text(QUESTION)]));
const TOOLS = [{ name: TOOL.name, description: TOOL.description, input_schema: TOOL.parameters }];
const call = ({ id, arguments: input }: typeof CALL_A): JsonObject => ({
  type: 'tool_use',
  id,
  name: TOOL.name,
  input,
});
const result = (tool_use_id: string, content: string | JsonObject[], more: JsonObject = {}): JsonObject => ({
  type: 'tool_result',
  tool_use_id,
  content,
  ...more,
});
const called = (calls: JsonObject[], results: JsonObject[]): JsonObject => ({
  ...told(user(QUESTION), assistant(calls), user(results)),
  tools: TOOLS,
});
const base64 = (media_type: string, data: string): JsonObject => ({ type: 'base64', media_type, data });
const byUrl = (url: string): JsonObject => ({ type: 'url', url });
const marked = (cache_control: JsonObject): JsonObject => told(user([{ ...text(QUESTION), cache_control }]));
const NO_SETTING = 'the format has no such setting';

/** What a caller of the Messages API writes: https://platform.claude.com/docs/en/api/messages/create */
export const ANTHROPIC_MESSAGES_REQUESTS: CallerRequests = {
  system: ask({ system: SYSTEM }),
  'system-late': told(user(QUESTION), { role: 'system', content: LATE_SYSTEM }, user(NEXT_QUESTION)),
  developer: 'there is one kind of system prompt',
  'multi-turn': told(user(QUESTION), assistant(ANSWER), user(NEXT_QUESTION)),
  'image-url': shown({ type: 'image', source: byUrl(IMAGE_URL) }),
  'image-base64': shown({ type: 'image', source: base64('image/png', PNG) }),
  'file-base64': shown({ type: 'document', source: base64('application/pdf', PDF), title: 'report' }),
  'file-url': shown({ type: 'document', source: byUrl(FILE_URL) }),
  audio: 'the format takes no sound',
  tools: ask({ tools: TOOLS }),
  'strict-tool': ask({ tools: TOOLS.map((tool) => ({ ...tool, strict: true })) }),
  'custom-tool': 'tools take JSON',
  'tool-results': called([call(CALL_A), call(CALL_B)], [result(CALL_A.id, RESULT_A), result(CALL_B.id, RESULT_B)]),
  'tool-result-image': called(
    [call(CALL_A)],
    [result(CALL_A.id, [text(RESULT_A), { type: 'image', source: base64('image/png', PNG) }])],
  ),
  'tool-result-error': called([call(CALL_A)], [result(CALL_A.id, RESULT_A, { is_error: true })]),
  'choice-auto': ask({ tools: TOOLS, tool_choice: { type: 'auto' } }),
  'choice-none': ask({ tools: TOOLS, tool_choice: { type: 'none' } }),
  'choice-required': ask({ tools: TOOLS, tool_choice: { type: 'any' } }),
  'choice-named': ask({ tools: TOOLS, tool_choice: { type: 'tool', name: TOOL.name } }),
  'choice-allowed': 'a choice is of one tool or of all',
  'one-call': ask({ tools: TOOLS, tool_choice: { type: 'auto', disable_parallel_tool_use: true } }),
  json: 'output is free, or by a schema',
  schema: ask({ output_config: { format: { type: 'json_schema', schema: FORMAT.schema } } }),
  effort: ask({ output_config: { effort: 'high' } }),
  budget: ask({ thinking: { type: 'enabled', budget_tokens: 2048 } }),
  'thinking-off': ask({ thinking: { type: 'disabled' } }),
  'cache-5m': marked({ type: 'ephemeral' }),
  'cache-1h': marked({ type: 'ephemeral', ttl: '1h' }),
  'cache-key': 'caches are named by what they hold',
  'tokens-max': ask({ max_tokens: 300 }),
  temperature: ask({ temperature: 0.5 }),
  'top-p': ask({ top_p: 0.9 }),
  'top-k': ask({ top_k: 40 }),
  stop: ask({ stop_sequences: ['END'] }),
  seed: NO_SETTING,
  'presence-penalty': NO_SETTING,
  'frequency-penalty': NO_SETTING,
  'logit-bias': NO_SETTING,
  logprobs: NO_SETTING,
  choices: 'there is one answer',
  'service-tier': ask({ service_tier: 'standard_only' }),
  metadata: 'metadata holds the end user alone',
  'end-user': ask({ metadata: { user_id: 'user-1' } }),
  verbosity: NO_SETTING,
};
