import type { JsonObject } from '../../../../src/kernel/json.ts';
import type { CallerRequests } from '../caller.ts';
import {
  ANSWER,
  CALL_A,
  CALL_B,
  DEVELOPER,
  FORMAT,
  IMAGE_URL,
  LATE_SYSTEM,
  NEXT_QUESTION,
  OTHER_TOOL,
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
const assistant = (content: string): JsonObject => ({ role: 'assistant', content });
const text = (said: string): JsonObject => ({ type: 'text', text: said });
const ask = (extra: JsonObject): JsonObject => ({ model: 'asked-model', messages: [user(QUESTION)], ...extra });
const told = (...messages: JsonObject[]): JsonObject => ({ model: 'asked-model', messages });
const shown = (part: JsonObject): JsonObject => told(user([text(QUESTION), part]));
const tool = (definition: JsonObject): JsonObject => ({ type: 'function', function: definition });
const call = ({ id, arguments: said }: typeof CALL_A): JsonObject => ({
  id,
  type: 'function',
  function: { name: TOOL.name, arguments: JSON.stringify(said) },
});
const result = (tool_call_id: string, content: string | JsonObject[]): JsonObject => ({
  role: 'tool',
  tool_call_id,
  content,
});
const withTool = { tools: [tool(TOOL)] };
const called = (calls: JsonObject[], ...results: JsonObject[]): JsonObject => ({
  ...told(user(QUESTION), { role: 'assistant', content: null, tool_calls: calls }, ...results),
  ...withTool,
});
const marked = (cache_control: JsonObject): JsonObject => told(user([{ ...text(QUESTION), cache_control }]));
const picture = (url: string): JsonObject => ({ type: 'image_url', image_url: { url } });

/** What a caller of OpenAI’s chat format writes: https://platform.openai.com/docs/api-reference/chat/create */
export const OPENAI_CHAT_REQUESTS: CallerRequests = {
  system: told({ role: 'system', content: SYSTEM }, user(QUESTION)),
  'system-late': told(user(QUESTION), { role: 'system', content: LATE_SYSTEM }, user(NEXT_QUESTION)),
  developer: told({ role: 'developer', content: DEVELOPER }, user(QUESTION)),
  'multi-turn': told(user(QUESTION), assistant(ANSWER), user(NEXT_QUESTION)),
  'image-url': shown(picture(IMAGE_URL)),
  'image-base64': shown(picture(`data:image/png;base64,${PNG}`)),
  'file-base64': shown({
    type: 'file',
    file: { filename: 'report.pdf', file_data: `data:application/pdf;base64,${PDF}` },
  }),
  'file-url': 'files are given as base64 or by id',
  audio: shown({ type: 'input_audio', input_audio: { data: WAV, format: 'wav' } }),
  tools: ask(withTool),
  'strict-tool': ask({ tools: [tool({ ...TOOL, strict: true })] }),
  'custom-tool': ask({
    tools: [{ type: 'custom', custom: { name: TOOL.name, description: TOOL.description, format: { type: 'text' } } }],
  }),
  'tool-results': called([call(CALL_A), call(CALL_B)], result(CALL_A.id, RESULT_A), result(CALL_B.id, RESULT_B)),
  'tool-result-image': called(
    [call(CALL_A)],
    result(CALL_A.id, [text(RESULT_A), picture(`data:image/png;base64,${PNG}`)]),
  ),
  'tool-result-error': 'a result does not tell whether it failed',
  'choice-auto': ask({ ...withTool, tool_choice: 'auto' }),
  'choice-none': ask({ ...withTool, tool_choice: 'none' }),
  'choice-required': ask({ ...withTool, tool_choice: 'required' }),
  'choice-named': ask({ ...withTool, tool_choice: { type: 'function', function: { name: TOOL.name } } }),
  'choice-allowed': ask({
    tools: [tool(TOOL), tool(OTHER_TOOL)],
    tool_choice: {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: TOOL.name } }] },
    },
  }),
  'one-call': ask({ ...withTool, parallel_tool_calls: false }),
  json: ask({ messages: [user(`${QUESTION} Answer in JSON.`)], response_format: { type: 'json_object' } }),
  schema: ask({ response_format: { type: 'json_schema', json_schema: { ...FORMAT, strict: true } } }),
  effort: ask({ reasoning_effort: 'high', max_completion_tokens: 8192 }),
  budget: 'thinking is measured by effort alone',
  'thinking-off': ask({ reasoning_effort: 'none' }),
  'cache-5m': marked({ type: 'ephemeral' }),
  'cache-1h': marked({ type: 'ephemeral', ttl: '1h' }),
  'cache-key': ask({ prompt_cache_key: 'a-cache' }),
  'tokens-max': ask({ max_completion_tokens: 300 }),
  temperature: ask({ temperature: 0.5 }),
  'top-p': ask({ top_p: 0.9 }),
  'top-k': ask({ top_k: 40 }),
  stop: ask({ stop: ['END'] }),
  seed: ask({ seed: 7 }),
  'presence-penalty': ask({ presence_penalty: 0.5 }),
  'frequency-penalty': ask({ frequency_penalty: 0.5 }),
  'logit-bias': ask({ logit_bias: { '50256': -100 } }),
  logprobs: ask({ logprobs: true, top_logprobs: 2 }),
  choices: ask({ n: 2 }),
  'service-tier': ask({ service_tier: 'flex' }),
  metadata: ask({ metadata: { team: 'harbour' } }),
  'end-user': ask({ user: 'user-1' }),
  verbosity: ask({ verbosity: 'low' }),
};
