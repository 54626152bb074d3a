import type { JsonObject } from '../../../../src/kernel/json.ts';
import type { CallerRequests } from '../caller.ts';
import {
  ANSWER,
  CALL_A,
  CALL_B,
  FILE_URL,
  FORMAT,
  IMAGE_URL,
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

const text = (said: string): JsonObject => ({ text: said });
const user = (...parts: JsonObject[]): JsonObject => ({ role: 'user', parts });
const model = (...parts: JsonObject[]): JsonObject => ({ role: 'model', parts });
const told = (...contents: JsonObject[]): JsonObject => ({ contents });
const ask = (extra: JsonObject): JsonObject => ({ ...told(user(text(QUESTION))), ...extra });
const set = (generationConfig: JsonObject): JsonObject => ask({ generationConfig });
const shown = (part: JsonObject): JsonObject => told(user(part, text(QUESTION)));
const inline = (mimeType: string, data: string): JsonObject => ({ inlineData: { mimeType, data } });
const byUrl = (mimeType: string, fileUri: string): JsonObject => ({ fileData: { mimeType, fileUri } });
const declared = ({ name, description, parameters: parametersJsonSchema }: typeof TOOL): JsonObject => ({
  name,
  description,
  parametersJsonSchema,
});
const tools = [{ functionDeclarations: [declared(TOOL)] }];
const choose = (functionCallingConfig: JsonObject, more: JsonObject = {}): JsonObject =>
  ask({ tools, toolConfig: { functionCallingConfig }, ...more });
const call = ({ id, arguments: args }: typeof CALL_A): JsonObject => ({ functionCall: { id, name: TOOL.name, args } });
const result = (id: string, response: JsonObject, more: JsonObject = {}): JsonObject => ({
  functionResponse: { id, name: TOOL.name, response, ...more },
});
const called = (calls: JsonObject[], results: JsonObject[]): JsonObject => ({
  ...told(user(text(QUESTION)), model(...calls), user(...results)),
  tools,
});
const NO_SETTING = 'the format has no such setting';
const NO_MARKER = 'what is cached is the provider’s to decide';

/** What a caller of the Gemini API writes: https://ai.google.dev/api/generate-content */
export const GEMINI_GENERATE_REQUESTS: CallerRequests = {
  system: ask({ systemInstruction: { parts: [text(SYSTEM)] } }),
  'system-late': 'instructions stand before the conversation',
  developer: 'there is one kind of system prompt',
  'multi-turn': told(user(text(QUESTION)), model(text(ANSWER)), user(text(NEXT_QUESTION))),
  'image-url': shown(byUrl('image/png', IMAGE_URL)),
  'image-base64': shown(inline('image/png', PNG)),
  'file-base64': shown(inline('application/pdf', PDF)),
  'file-url': shown(byUrl('application/pdf', FILE_URL)),
  audio: shown(inline('audio/wav', WAV)),
  tools: ask({ tools }),
  'strict-tool': 'strictness is asked for of all functions together',
  'custom-tool': 'tools take JSON',
  'tool-results': called(
    [call(CALL_A), call(CALL_B)],
    [result(CALL_A.id, { output: RESULT_A }), result(CALL_B.id, { output: RESULT_B })],
  ),
  'tool-result-image': called(
    [call(CALL_A)],
    [result(CALL_A.id, { output: RESULT_A }, { parts: [inline('image/png', PNG)] })],
  ),
  'tool-result-error': called([call(CALL_A)], [result(CALL_A.id, { error: RESULT_A })]),
  'choice-auto': choose({ mode: 'AUTO' }),
  'choice-none': choose({ mode: 'NONE' }),
  'choice-required': choose({ mode: 'ANY' }),
  'choice-named': choose({ mode: 'ANY', allowedFunctionNames: [TOOL.name] }),
  'choice-allowed': choose(
    { mode: 'ANY', allowedFunctionNames: [TOOL.name] },
    { tools: [{ functionDeclarations: [declared(TOOL), declared(OTHER_TOOL)] }] },
  ),
  'one-call': 'a model cannot be held to one call at a time',
  json: ask({
    contents: [user(text(`${QUESTION} Answer in JSON.`))],
    generationConfig: { responseMimeType: 'application/json' },
  }),
  schema: set({ responseMimeType: 'application/json', responseJsonSchema: FORMAT.schema }),
  effort: set({ thinkingConfig: { thinkingLevel: 'HIGH' }, maxOutputTokens: 8192 }),
  budget: set({ thinkingConfig: { thinkingBudget: 2048 }, maxOutputTokens: 8192 }),
  'thinking-off': set({ thinkingConfig: { thinkingBudget: 0 } }),
  'cache-5m': NO_MARKER,
  'cache-1h': NO_MARKER,
  'cache-key': NO_MARKER,
  'tokens-max': set({ maxOutputTokens: 300 }),
  temperature: set({ temperature: 0.5 }),
  'top-p': set({ topP: 0.9 }),
  'top-k': set({ topK: 40 }),
  stop: set({ stopSequences: ['END'] }),
  seed: set({ seed: 7 }),
  'presence-penalty': set({ presencePenalty: 0.5 }),
  'frequency-penalty': set({ frequencyPenalty: 0.5 }),
  'logit-bias': NO_SETTING,
  logprobs: set({ responseLogprobs: true, logprobs: 2 }),
  choices: set({ candidateCount: 2 }),
  'service-tier': ask({ serviceTier: 'flex' }),
  metadata: NO_SETTING,
  'end-user': NO_SETTING,
  verbosity: NO_SETTING,
};
