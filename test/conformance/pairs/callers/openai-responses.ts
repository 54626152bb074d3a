import type { JsonObject } from '../../../../src/kernel/json.ts';
import type { CallerRequests } from '../caller.ts';
import {
  ANSWER,
  CALL_A,
  CALL_B,
  DEVELOPER,
  FILE_URL,
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
} from '../scenario.ts';

const user = (content: string | JsonObject[]): JsonObject => ({ type: 'message', role: 'user', content });
const system = (role: string, content: string): JsonObject => ({ type: 'message', role, content });
const text = (said: string): JsonObject => ({ type: 'input_text', text: said });
const ask = (extra: JsonObject): JsonObject => ({ model: 'asked-model', input: QUESTION, ...extra });
const told = (...input: JsonObject[]): JsonObject => ({ model: 'asked-model', input });
const shown = (part: JsonObject): JsonObject => told(user([text(QUESTION), part]));
const tool = (definition: JsonObject): JsonObject => ({ type: 'function', strict: false, ...definition });
const call = ({ id, arguments: said }: typeof CALL_A): JsonObject => ({
  type: 'function_call',
  call_id: id,
  name: TOOL.name,
  arguments: JSON.stringify(said),
});
const result = (call_id: string, output: string | JsonObject[]): JsonObject => ({
  type: 'function_call_output',
  call_id,
  output,
});
const picture = (image_url: string): JsonObject => ({ type: 'input_image', image_url, detail: 'auto' });
const withTool = { tools: [tool(TOOL)] };
const NO_MARKERS = 'prompts are cached unasked, and markers have no place';
const NO_SETTING = 'the format has no such setting';

/** What a caller of the Responses API writes: https://platform.openai.com/docs/api-reference/responses/create */
export const OPENAI_RESPONSES_REQUESTS: CallerRequests = {
  system: ask({ instructions: SYSTEM }),
  'system-late': told(user(QUESTION), system('system', LATE_SYSTEM), user(NEXT_QUESTION)),
  developer: told(system('developer', DEVELOPER), user(QUESTION)),
  'multi-turn': told(
    user(QUESTION),
    {
      type: 'message',
      role: 'assistant',
      id: 'msg_1',
      status: 'completed',
      content: [{ type: 'output_text', text: ANSWER, annotations: [] }],
    },
    user(NEXT_QUESTION),
  ),
  'image-url': shown(picture(IMAGE_URL)),
  'image-base64': shown(picture(`data:image/png;base64,${PNG}`)),
  'file-base64': shown({
    type: 'input_file',
    filename: 'report.pdf',
    file_data: `data:application/pdf;base64,${PDF}`,
  }),
  'file-url': shown({ type: 'input_file', file_url: FILE_URL }),
  audio: 'the format takes no sound',
  tools: ask(withTool),
  'strict-tool': ask({ tools: [tool({ ...TOOL, strict: true })] }),
  'custom-tool': ask({
    tools: [{ type: 'custom', name: TOOL.name, description: TOOL.description, format: { type: 'text' } }],
  }),
  'tool-results': {
    ...told(user(QUESTION), call(CALL_A), call(CALL_B), result(CALL_A.id, RESULT_A), result(CALL_B.id, RESULT_B)),
    ...withTool,
  },
  'tool-result-image': {
    ...told(user(QUESTION), call(CALL_A), result(CALL_A.id, [text(RESULT_A), picture(`data:image/png;base64,${PNG}`)])),
    ...withTool,
  },
  'tool-result-error': 'a result does not tell whether it failed',
  'choice-auto': ask({ ...withTool, tool_choice: 'auto' }),
  'choice-none': ask({ ...withTool, tool_choice: 'none' }),
  'choice-required': ask({ ...withTool, tool_choice: 'required' }),
  'choice-named': ask({ ...withTool, tool_choice: { type: 'function', name: TOOL.name } }),
  'choice-allowed': ask({
    tools: [tool(TOOL), tool(OTHER_TOOL)],
    tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: TOOL.name }] },
  }),
  'one-call': ask({ ...withTool, parallel_tool_calls: false }),
  json: ask({ input: `${QUESTION} Answer in JSON.`, text: { format: { type: 'json_object' } } }),
  schema: ask({ text: { format: { type: 'json_schema', ...FORMAT, strict: true } } }),
  effort: ask({ reasoning: { effort: 'high' }, max_output_tokens: 8192 }),
  budget: 'thinking is measured by effort alone',
  'thinking-off': ask({ reasoning: { effort: 'none' } }),
  'cache-5m': NO_MARKERS,
  'cache-1h': NO_MARKERS,
  'cache-key': ask({ prompt_cache_key: 'a-cache' }),
  'tokens-max': ask({ max_output_tokens: 300 }),
  temperature: ask({ temperature: 0.5 }),
  'top-p': ask({ top_p: 0.9 }),
  'top-k': NO_SETTING,
  stop: NO_SETTING,
  seed: NO_SETTING,
  'presence-penalty': NO_SETTING,
  'frequency-penalty': NO_SETTING,
  'logit-bias': NO_SETTING,
  logprobs: ask({ include: ['message.output_text.logprobs'], top_logprobs: 2 }),
  choices: 'there is one answer',
  'service-tier': ask({ service_tier: 'flex' }),
  metadata: ask({ metadata: { team: 'harbour' } }),
  'end-user': ask({ user: 'user-1' }),
  verbosity: ask({ text: { verbosity: 'low' } }),
};
