import type { ChatBody, Message, Part } from '../chat-body.ts';
import { type JsonObject, readJson } from '../json-text.ts';
import { js, jsFields, KEY_NAME } from './literals.ts';

/** The same question for Vercel's AI SDK. */
export function aiSdk({ hub, body }: { readonly hub: string; readonly body: ChatBody }): string {
  const { tools, response_format: format } = body;
  const system = body.messages.find(({ role }) => role === 'system')?.content;
  const names = new Map(
    body.messages.flatMap((message) =>
      message.role === 'assistant'
        ? (message.tool_calls ?? []).map((call) => [call.id, call.function.name] as const)
        : [],
    ),
  );
  const plain = {
    ...(typeof system === 'string' ? { instructions: system } : {}),
    messages: body.messages.flatMap((message) => toMessage(message, names)),
    temperature: body.temperature,
    topP: body.top_p,
    maxOutputTokens: body.max_tokens,
    seed: body.seed,
    stopSequences: body.stop,
    ...(body.reasoning_effort === undefined
      ? {}
      : { providerOptions: { hub: { reasoningEffort: body.reasoning_effort } } }),
  };
  const imports = [
    'generateText',
    ...(tools === undefined && format === undefined ? [] : ['jsonSchema']),
    ...(format === undefined ? [] : ['Output']),
    ...(tools === undefined ? [] : ['tool']),
  ];
  return [
    '// npm install ai @ai-sdk/openai-compatible',
    "import { createOpenAICompatible } from '@ai-sdk/openai-compatible';",
    `import { ${imports.join(', ')} } from 'ai';`,
    '',
    'const hub = createOpenAICompatible({',
    "  name: 'hub',",
    `  baseURL: ${JSON.stringify(`${hub}/v1`)},`,
    `  apiKey: process.env.${KEY_NAME},`,
    ...(format === undefined ? [] : ['  supportsStructuredOutputs: true,']),
    '});',
    'const answer = await generateText({',
    `  model: hub(${JSON.stringify(body.model)}),`,
    jsFields(plain),
    ...(tools === undefined ? [] : ['  tools: {', ...tools.map(toolLine), '  },']),
    ...(format === undefined
      ? []
      : [`  output: Output.object({ schema: jsonSchema(${js(format.json_schema.schema, 1)}) }),`]),
    '});',
    format === undefined ? 'console.log(answer.text, answer.toolCalls);' : 'console.log(answer.output);',
  ].join('\n');
}

function toolLine({ function: { name, description, parameters } }: NonNullable<ChatBody['tools']>[number]): string {
  const about = description === undefined ? '' : `description: ${JSON.stringify(description)}, `;
  return `    ${JSON.stringify(name)}: tool({ ${about}inputSchema: jsonSchema(${js(parameters, 2)}) }),`;
}

function toMessage(message: Message, names: ReadonlyMap<string, string>): readonly JsonObject[] {
  switch (message.role) {
    case 'system':
      return [];
    case 'user':
      return [
        { role: 'user', content: typeof message.content === 'string' ? message.content : message.content.map(toPart) },
      ];
    case 'assistant': {
      const text = message.content === null || message.content === '' ? [] : [{ type: 'text', text: message.content }];
      const calls = (message.tool_calls ?? []).map(({ id, function: call }) => ({
        type: 'tool-call',
        toolCallId: id,
        toolName: call.name,
        input: readJson(call.arguments) ?? {},
      }));
      return [{ role: 'assistant', content: [...text, ...calls] }];
    }
    case 'tool': {
      const result = {
        type: 'tool-result',
        toolCallId: message.tool_call_id,
        toolName: names.get(message.tool_call_id) ?? '',
        output: { type: 'text', value: message.content },
      };
      return [{ role: 'tool', content: [result] }];
    }
  }
}

function toPart(part: Part): JsonObject {
  if (part.type === 'text') return { type: 'text', text: part.text };
  if (part.type === 'image_url') return { type: 'image', image: part.image_url.url };
  return { type: 'file', data: part.file.file_data, mediaType: 'application/pdf', filename: part.file.filename };
}
