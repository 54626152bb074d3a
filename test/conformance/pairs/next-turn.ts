import type { JsonObject } from '../../../src/kernel/json.ts';
import { QUESTION, RESULT_A, TOOL } from './scenario.ts';
import type { View } from './view.ts';

const TOKENS_MAX = 8192;

/** The request with which a caller goes on: what the model said as it came, and the result of each of its calls. */
export const NEXT_TURNS: Readonly<Record<string, (view: View) => JsonObject>> = {
  'openai-chat': openaiTurn,
  'aigne-chat': openaiTurn,
  'openai-responses': ({ turn, calls }) => ({
    model: 'asked-model',
    input: [
      { type: 'message', role: 'user', content: QUESTION },
      ...turn,
      ...calls.map(({ id }) => ({ type: 'function_call_output', call_id: id, output: RESULT_A })),
    ],
    tools: [{ type: 'function', strict: false, ...TOOL }],
    reasoning: { effort: 'high' },
    include: ['reasoning.encrypted_content'],
    store: false,
  }),
  'anthropic-messages': ({ turn, calls }) => ({
    model: 'asked-model',
    max_tokens: TOKENS_MAX,
    thinking: { type: 'enabled', budget_tokens: 2048 },
    messages: [
      { role: 'user', content: QUESTION },
      ...turn,
      {
        role: 'user',
        content: calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: RESULT_A })),
      },
    ],
    tools: [{ name: TOOL.name, description: TOOL.description, input_schema: TOOL.parameters }],
  }),
  'gemini-generate': ({ turn, calls }) => ({
    contents: [
      { role: 'user', parts: [{ text: QUESTION }] },
      ...turn,
      {
        role: 'user',
        parts: calls.map(({ id, name }) => ({ functionResponse: { id, name, response: { output: RESULT_A } } })),
      },
    ],
    tools: [
      {
        functionDeclarations: [
          { name: TOOL.name, description: TOOL.description, parametersJsonSchema: TOOL.parameters },
        ],
      },
    ],
    generationConfig: { thinkingConfig: { thinkingBudget: 2048 }, maxOutputTokens: TOKENS_MAX },
  }),
  'aigne-framework': ({ turn, calls }) => ({
    agent: '$CHAT_MODEL',
    options: {},
    input: {
      messages: [
        { role: 'user', content: QUESTION },
        ...turn,
        ...calls.map(({ id }) => ({ role: 'tool', toolCallId: id, content: RESULT_A })),
      ],
      tools: [{ type: 'function', function: TOOL }],
      modelOptions: { model: 'asked-model', reasoningEffort: 'high', maxTokens: TOKENS_MAX },
    },
  }),
};

function openaiTurn({ turn, calls }: View): JsonObject {
  return {
    model: 'asked-model',
    messages: [
      { role: 'user', content: QUESTION },
      ...turn,
      ...calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: RESULT_A })),
    ],
    tools: [{ type: 'function', function: TOOL }],
    reasoning_effort: 'high',
    max_completion_tokens: TOKENS_MAX,
  };
}
