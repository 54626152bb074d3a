/**
 * The official `openai` package through the hub: it lists models, chats, streams, embeds, and lets the model call a tool.
 *
 *   HUB_URL=http://127.0.0.1:4180 HUB_KEY=sk-hub-… HUB_MODEL=openai/gpt-4.1-nano node examples/openai-sdk/chat.ts
 *
 * HUB_EMBEDDING_MODEL adds the embedding, HUB_TOOL_MODEL the tool call: not every model can do either.
 * With HUB_JSON=1 each step prints one line of JSON in place of words.
 */
import OpenAI from 'openai';

const url = process.env['HUB_URL'] ?? 'http://127.0.0.1:4180';
const model = process.env['HUB_MODEL'] ?? 'simulated-chat';
const embeddingModel = process.env['HUB_EMBEDDING_MODEL'];
const toolModel = process.env['HUB_TOOL_MODEL'];
const isJson = process.env['HUB_JSON'] === '1';

// Only the address and the key differ from what any program does that calls the provider itself.
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: process.env['HUB_KEY'] ?? '', maxRetries: 0 });

await listModels();
await chat();
await stream();
if (embeddingModel !== undefined) await embed(embeddingModel);
if (toolModel !== undefined) await callTool(toolModel);

async function listModels(): Promise<void> {
  const ids: string[] = [];
  for await (const entry of client.models.list()) ids.push(entry.id);
  print('models', { ids });
}

async function chat(): Promise<void> {
  const { data, response } = await client.chat.completions
    .create({ model, max_tokens: 40, messages: [{ role: 'user', content: 'Say hello in one sentence.' }] })
    .withResponse();
  print('chat', {
    text: data.choices[0]?.message.content,
    finishReason: data.choices[0]?.finish_reason,
    usage: data.usage,
    requestId: response.headers.get('x-request-id'),
  });
}

async function stream(): Promise<void> {
  const events = await client.chat.completions.create({
    model,
    max_tokens: 40,
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: 'Tell me a story in two sentences.' }],
  });
  let text = '';
  let pieces = 0;
  let finishReason: string | undefined;
  let usage: OpenAI.CompletionUsage | undefined;
  for await (const event of events) {
    const [choice] = event.choices;
    text += choice?.delta.content ?? '';
    if (choice?.delta.content) pieces += 1;
    finishReason = choice?.finish_reason ?? finishReason;
    usage = event.usage ?? usage;
  }
  print('stream', { text, pieces, finishReason, usage });
}

async function embed(embedder: string): Promise<void> {
  const { data, usage } = await client.embeddings.create({
    model: embedder,
    input: 'a hub is the middle of a wheel',
    encoding_format: 'float',
  });
  print('embed', { vectors: data.length, dimensions: data[0]?.embedding.length, first: data[0]?.embedding[0], usage });
}

async function callTool(caller: string): Promise<void> {
  const question: OpenAI.ChatCompletionMessageParam = { role: 'user', content: 'What is the weather in Taipei?' };
  const tools: OpenAI.ChatCompletionTool[] = [
    {
      type: 'function',
      function: {
        name: 'get_weather',
        description: 'Tells the weather of a city.',
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
    },
  ];
  const first = await client.chat.completions.create({ model: caller, tools, messages: [question] });
  const answer = first.choices[0]?.message;
  const call = answer?.tool_calls?.[0];
  if (answer === undefined || call?.type !== 'function') throw new Error('the model called no tool');
  const second = await client.chat.completions.create({
    model: caller,
    tools,
    messages: [question, answer, { role: 'tool', tool_call_id: call.id, content: '{"celsius":26,"sky":"clear"}' }],
  });
  print('tool', {
    name: call.function.name,
    arguments: call.function.arguments,
    text: second.choices[0]?.message.content,
    finishReason: first.choices[0]?.finish_reason,
  });
}

function print(step: string, result: Readonly<Record<string, unknown>>): void {
  if (isJson) console.log(JSON.stringify({ step, ...result }));
  else console.log(`${step}:`, result);
}
