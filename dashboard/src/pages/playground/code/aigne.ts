import type { ChatBody, Message, Part } from '../chat-body.ts';
import { type JsonObject, readJson } from '../json-text.ts';
import { js, jsFields, KEY_NAME, readDataUrl } from './literals.ts';

/** The same question for AIGNE's framework. */
export function aigne({ hub, body }: { readonly hub: string; readonly body: ChatBody }): string {
  const options = {
    temperature: body.temperature,
    topP: body.top_p,
    maxTokens: body.max_tokens,
    seed: body.seed,
    stop: body.stop,
    reasoningEffort: body.reasoning_effort,
  };
  const model = {
    baseURL: hub,
    model: body.model,
    ...(Object.values(options).every((value) => value === undefined) ? {} : { modelOptions: options }),
  };
  const format = body.response_format;
  const input = {
    messages: body.messages.map(toMessage),
    ...(body.tools === undefined ? {} : { tools: body.tools }),
    ...(format === undefined ? {} : { responseFormat: { type: 'json_schema', jsonSchema: format.json_schema } }),
  };
  return [
    '// npm install @aigne/aigne-hub',
    "import { AIGNEHubChatModel } from '@aigne/aigne-hub';",
    '',
    'const model = new AIGNEHubChatModel({',
    jsFields(model),
    `  apiKey: process.env.${KEY_NAME},`,
    '});',
    `const answer = await model.invoke(${js(input)});`,
    'console.log(JSON.stringify(answer, null, 2));',
  ].join('\n');
}

function toMessage(message: Message): JsonObject {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content };
    case 'user':
      return {
        role: 'user',
        content: typeof message.content === 'string' ? message.content : message.content.map(toPart),
      };
    case 'tool':
      return { role: 'tool', toolCallId: message.tool_call_id, content: message.content };
    case 'assistant':
      return {
        role: 'agent',
        ...(message.content === null ? {} : { content: message.content }),
        ...(message.tool_calls === undefined
          ? {}
          : {
              toolCalls: message.tool_calls.map(({ id, type, function: call }) => ({
                id,
                type,
                function: { name: call.name, arguments: readJson(call.arguments) ?? {} },
              })),
            }),
      };
  }
}

function toPart(part: Part): JsonObject {
  if (part.type === 'text') return { type: 'text', text: part.text };
  const [filename, url] =
    part.type === 'image_url' ? [undefined, part.image_url.url] : [part.file.filename, part.file.file_data];
  const { mediaType: mimeType = '', data = '' } = readDataUrl(url) ?? {};
  return { type: 'file', data, mimeType, ...(filename === undefined ? {} : { filename }) };
}
