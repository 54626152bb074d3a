import type { JsonObject } from '../../src/kernel/json.ts';
import { PIXEL_PNG } from '../support/expect-booked.ts';

/** A request that a caller may send, for any model. */
export type CallerRequest = { readonly name: string; readonly path: string; readonly body: JsonObject };

const SCHEMA: JsonObject = {
  type: 'object',
  properties: { city: { type: 'string' }, celsius: { type: 'number' } },
  required: ['city', 'celsius'],
  additionalProperties: false,
};
const PICTURE = `data:image/png;base64,${PIXEL_PNG}`;
const PDF = Buffer.from('%PDF-1.4\n%%EOF\n').toString('base64');

const CHAT_TOOL: JsonObject = {
  type: 'function',
  function: { name: 'get_weather', description: 'Tells the weather.', parameters: SCHEMA, strict: true },
};
const MESSAGES_TOOL: JsonObject = { name: 'get_weather', description: 'Tells the weather.', input_schema: SCHEMA };
const ARGUMENTS = { city: 'Hualien', celsius: 24 };

const chat = (name: string, body: JsonObject): CallerRequest => ({
  name: `chat: ${name}`,
  path: '/v1/chat/completions',
  body: { messages: [{ role: 'user', content: 'Which way is north?' }], ...body },
});
const responses = (name: string, body: JsonObject): CallerRequest => ({
  name: `Responses: ${name}`,
  path: '/v1/responses',
  body: { input: 'Which way is north?', store: false, ...body },
});
const messages = (name: string, body: JsonObject): CallerRequest => ({
  name: `Messages: ${name}`,
  path: '/v1/messages',
  body: { max_tokens: 3000, messages: [{ role: 'user', content: 'Which way is north?' }], ...body },
});
const framework = (name: string, input: JsonObject): CallerRequest => ({
  name: `AIGNE: ${name}`,
  path: '/api/v2/chat',
  body: { input },
});

const OF_CHAT: readonly CallerRequest[] = [
  chat('a word', {}),
  chat('streamed', { stream: true }),
  chat('system, developer and several turns', {
    messages: [
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: [{ type: 'text', text: 'Name a colour.' }] },
      { role: 'assistant', content: 'Blue.' },
      { role: 'developer', content: 'Now be shorter.' },
      { role: 'user', content: 'Another.', name: 'wen' },
    ],
  }),
  chat('pictures and files', {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: PICTURE, detail: 'low' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${PDF}` } },
          { type: 'text', text: 'What are these?' },
        ],
      },
    ],
  }),
  ...['auto', 'none', 'required', { type: 'function', function: { name: 'get_weather' } }].map((choice) =>
    chat(`tools, ${JSON.stringify(choice)}`, { tools: [CHAT_TOOL], tool_choice: choice, parallel_tool_calls: false }),
  ),
  chat('tool results', {
    tools: [CHAT_TOOL],
    messages: [
      { role: 'user', content: 'What is the weather in Hualien and Tainan?' },
      {
        role: 'assistant',
        content: 'Let me look.',
        tool_calls: ['call_one', 'call_two'].map((id) => ({
          id,
          type: 'function',
          function: { name: 'get_weather', arguments: JSON.stringify(ARGUMENTS) },
        })),
      },
      { role: 'tool', tool_call_id: 'call_one', content: 'Clear.' },
      { role: 'tool', tool_call_id: 'call_two', content: [{ type: 'text', text: 'Rain.' }] },
    ],
  }),
  chat('a schema', {
    response_format: { type: 'json_schema', json_schema: { name: 'weather', strict: true, schema: SCHEMA } },
  }),
  chat('any JSON', { response_format: { type: 'json_object' } }),
  chat('reasoning', { reasoning_effort: 'high', max_completion_tokens: 4000, verbosity: 'low' }),
  chat('sampling', { temperature: 0.5, top_p: 0.9, max_tokens: 50, stop: ['END'], seed: 7, user: 'wen' }),
  chat('penalties, choices and probabilities', {
    presence_penalty: 0.5,
    frequency_penalty: 0.5,
    logit_bias: { 50256: -100 },
    n: 2,
    logprobs: true,
    top_logprobs: 3,
    service_tier: 'flex',
    metadata: { trip: 'east' },
  }),
];

const OF_RESPONSES: readonly CallerRequest[] = [
  responses('a word', {}),
  responses('streamed', { stream: true }),
  responses('instructions, pictures and files', {
    instructions: 'Be short.',
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_image', image_url: PICTURE, detail: 'high' },
          { type: 'input_file', filename: 'a.pdf', file_data: `data:application/pdf;base64,${PDF}` },
          { type: 'input_text', text: 'What are these?' },
        ],
      },
    ],
  }),
  responses('tools and results', {
    tools: [{ type: 'function', name: 'get_weather', parameters: SCHEMA, strict: true }],
    tool_choice: { type: 'function', name: 'get_weather' },
    parallel_tool_calls: true,
    input: [
      { role: 'user', content: 'What is the weather in Hualien?' },
      { type: 'function_call', call_id: 'call_one', name: 'get_weather', arguments: JSON.stringify(ARGUMENTS) },
      { type: 'function_call_output', call_id: 'call_one', output: [{ type: 'input_image', image_url: PICTURE }] },
    ],
  }),
  responses('a tool that takes free text', {
    tools: [{ type: 'custom', name: 'write', description: 'Writes what it is given.' }],
    input: [
      { role: 'user', content: 'Write a line.' },
      { type: 'custom_tool_call', call_id: 'call_one', name: 'write', input: 'a line' },
      { type: 'custom_tool_call_output', call_id: 'call_one', output: 'Written.' },
    ],
  }),
  responses('a schema', { text: { format: { type: 'json_schema', name: 'weather', schema: SCHEMA, strict: true } } }),
  responses('reasoning that comes back', {
    reasoning: { effort: 'medium', summary: 'auto' },
    include: ['reasoning.encrypted_content'],
    max_output_tokens: 4000,
    input: [
      { role: 'user', content: 'Think of a number.' },
      {
        type: 'reasoning',
        id: 'rs_one',
        summary: [{ type: 'summary_text', text: 'A number.' }],
        encrypted_content: 'b3BhcXVl',
      },
      {
        type: 'message',
        id: 'msg_one',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Done.', annotations: [] }],
      },
      { role: 'user', content: 'Which?' },
    ],
  }),
  responses('sampling', { temperature: 0.5, top_p: 0.9, service_tier: 'priority', safety_identifier: 'wen' }),
];

const OF_MESSAGES: readonly CallerRequest[] = [
  messages('a word', {}),
  messages('streamed', { stream: true }),
  messages('a system prompt that is cached', {
    system: [{ type: 'text', text: 'Be short.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
  }),
  messages('pictures and documents', {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL_PNG } },
          { type: 'document', title: 'A', source: { type: 'base64', media_type: 'application/pdf', data: PDF } },
          {
            type: 'document',
            source: { type: 'text', media_type: 'text/plain', data: 'A note.' },
            citations: { enabled: true },
          },
          { type: 'text', text: 'What are these?' },
        ],
      },
    ],
  }),
  ...[{ type: 'auto' }, { type: 'any' }, { type: 'none' }, { type: 'tool', name: 'get_weather' }].map((choice) =>
    messages(`tools, ${choice.type}`, { tools: [MESSAGES_TOOL], tool_choice: choice }),
  ),
  messages('tool results with a picture and an error', {
    tools: [MESSAGES_TOOL],
    messages: [
      { role: 'user', content: 'What is the weather?' },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Let me look.' },
          { type: 'tool_use', id: 'toolu_one', name: 'get_weather', input: ARGUMENTS },
          { type: 'tool_use', id: 'toolu_two', name: 'get_weather', input: ARGUMENTS },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'toolu_one',
            content: [
              { type: 'text', text: 'A picture.' },
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL_PNG } },
            ],
          },
          { type: 'tool_result', tool_use_id: 'toolu_two', content: 'No station.', is_error: true },
          { type: 'text', text: 'Well?' },
        ],
      },
    ],
  }),
  messages('thinking that comes back', {
    thinking: { type: 'enabled', budget_tokens: 1500 },
    messages: [
      { role: 'user', content: 'Think of a number.' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'A number.', signature: 'b3BhcXVl' },
          { type: 'redacted_thinking', data: 'b3BhcXVl' },
          { type: 'text', text: 'Done.' },
        ],
      },
      { role: 'user', content: 'Which?' },
    ],
  }),
  messages('a schema', { output_config: { format: { type: 'json_schema', schema: SCHEMA } } }),
  messages('sampling', { temperature: 0.5, top_k: 5, stop_sequences: ['END'], metadata: { user_id: 'wen' } }),
];

const OF_FRAMEWORK: readonly CallerRequest[] = [
  framework('a word', { messages: [{ role: 'user', content: 'Which way is north?' }] }),
  framework('system, picture, tools and results', {
    tools: [CHAT_TOOL],
    toolChoice: 'auto',
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'Be short.' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is the weather?' },
          { type: 'file', data: PIXEL_PNG, mimeType: 'image/png' },
        ],
      },
      {
        role: 'agent',
        toolCalls: [{ id: 'call_one', type: 'function', function: { name: 'get_weather', arguments: ARGUMENTS } }],
      },
      { role: 'tool', toolCallId: 'call_one', content: 'Clear.' },
    ],
  }),
  framework('a schema', {
    messages: [{ role: 'user', content: 'The weather of Hualien.' }],
    responseFormat: { type: 'json_schema', jsonSchema: { name: 'weather', schema: SCHEMA, strict: true } },
  }),
];

/** Requests of every kind that callers send, in each of their formats. */
export const REQUESTS: readonly CallerRequest[] = [...OF_CHAT, ...OF_RESPONSES, ...OF_MESSAGES, ...OF_FRAMEWORK];
