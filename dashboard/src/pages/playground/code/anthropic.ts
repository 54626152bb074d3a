import type { ChatBody, Message, Part } from '../chat-body.ts';
import { type Json, type JsonObject, readJson } from '../json-text.ts';
import { js, KEY_NAME, keywords, readDataUrl } from './literals.ts';

/** Messages have to say how long an answer may be. */
const MAX_TOKENS_DEFAULT = 1024;

type Input = { readonly hub: string; readonly body: ChatBody };

export function anthropicNode({ hub, body }: Input): string {
  return [
    '// npm install @anthropic-ai/sdk',
    "import Anthropic from '@anthropic-ai/sdk';",
    '',
    `const client = new Anthropic({ baseURL: ${JSON.stringify(hub)}, authToken: process.env.${KEY_NAME}, apiKey: null });`,
    ...unsaid(body, '//'),
    `const answer = await client.messages.create(${js(toMessages(body))});`,
    'console.log(JSON.stringify(answer.content, null, 2));',
  ].join('\n');
}

export function anthropicPython({ hub, body }: Input): string {
  return [
    '# pip install anthropic',
    'import os',
    'from anthropic import Anthropic',
    '',
    `client = Anthropic(base_url=${JSON.stringify(hub)}, auth_token=os.environ["${KEY_NAME}"])`,
    ...unsaid(body, '#'),
    'answer = client.messages.create(',
    `${keywords(toMessages(body), 1)})`,
    'print(answer.content)',
  ].join('\n');
}

function unsaid({ seed }: ChatBody, comment: string): readonly string[] {
  return seed === undefined ? [] : [`${comment} This format has no seed.`];
}

/** The same question in Anthropic's form: https://docs.anthropic.com/en/api/messages */
export function toMessages(body: ChatBody): JsonObject {
  const system = body.messages.find(({ role }) => role === 'system')?.content;
  const config = {
    ...(body.reasoning_effort === undefined ? {} : { effort: body.reasoning_effort }),
    ...(body.response_format === undefined
      ? {}
      : { format: { type: 'json_schema', schema: body.response_format.json_schema.schema } }),
  };
  return {
    model: body.model,
    max_tokens: body.max_tokens ?? MAX_TOKENS_DEFAULT,
    ...(typeof system === 'string' ? { system } : {}),
    messages: body.messages.flatMap(toMessage),
    ...(body.temperature === undefined ? {} : { temperature: body.temperature }),
    ...(body.top_p === undefined ? {} : { top_p: body.top_p }),
    ...(body.stop === undefined ? {} : { stop_sequences: body.stop }),
    ...(body.tools === undefined ? {} : { tools: body.tools.map(({ function: tool }) => toTool(tool)) }),
    ...(Object.keys(config).length === 0 ? {} : { output_config: config }),
  };
}

function toTool({ parameters, ...named }: NonNullable<ChatBody['tools']>[number]['function']): JsonObject {
  return { ...named, input_schema: parameters };
}

function toMessage(message: Message): readonly JsonObject[] {
  switch (message.role) {
    case 'system':
      return [];
    case 'user':
      return [
        { role: 'user', content: typeof message.content === 'string' ? message.content : message.content.map(toBlock) },
      ];
    case 'assistant':
      return [{ role: 'assistant', content: assistantBlocks(message) }];
    case 'tool':
      return [
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: message.tool_call_id, content: message.content }],
        },
      ];
  }
}

function assistantBlocks({ content, tool_calls: calls = [] }: Extract<Message, { role: 'assistant' }>): Json {
  const text = content === null || content === '' ? [] : [{ type: 'text', text: content }];
  const used = calls.map(({ id, function: call }) => ({
    type: 'tool_use',
    id,
    name: call.name,
    input: readJson(call.arguments) ?? {},
  }));
  return [...text, ...used];
}

function toBlock(part: Part): JsonObject {
  if (part.type === 'text') return { type: 'text', text: part.text };
  const url = part.type === 'image_url' ? part.image_url.url : part.file.file_data;
  const { mediaType = '', data = '' } = readDataUrl(url) ?? {};
  const source = { type: 'base64', media_type: mediaType, data };
  return part.type === 'image_url'
    ? { type: 'image', source }
    : { type: 'document', source, title: part.file.filename };
}
