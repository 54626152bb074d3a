import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectBooked, PIXEL_PNG, sentText } from '../support/expect-booked.ts';
import type { Behaviour } from '../support/fake-upstream/behaviour.ts';
import {
  MODEL_OF,
  PROVIDER_DIALECTS,
  type ProviderDialect,
  type ProviderScene,
  setProviderScene,
} from '../support/provider-scene.ts';

type Input = OpenAI.Responses.ResponseInputItem;

let scene: ProviderScene;
let client: OpenAI;

beforeAll(async () => {
  scene = await setProviderScene();
  client = new OpenAI({ baseURL: `${scene.hub.address}/v1`, apiKey: scene.secret, maxRetries: 0 });
});

afterAll(async () => {
  await scene?.close();
});

beforeEach(() => scene.begin());

const PICTURE: Input[] = [
  {
    role: 'user',
    content: [
      { type: 'input_text', text: 'What does this show?' },
      { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${PIXEL_PNG}` },
    ],
  },
];
const TOOL: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'get_weather',
  description: 'Tells the weather of a city.',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

/** What every text begins with that only the stand-in can read. */
const SEAL = Buffer.from('fake-upstream seal').toString('base64');

/** What becomes of what was thought: how the provider gets it back, and what is declared as lost on each turn. */
const THOUGHTS: Readonly<
  Record<
    ProviderDialect,
    {
      readonly comesBack: 'sealed' | 'in words' | 'not';
      readonly onFirst: readonly string[];
      readonly onSecond: readonly string[];
    }
  >
> = {
  'openai-chat': {
    comesBack: 'not',
    onFirst: ['reasoning.summary'],
    onSecond: ['messages.reasoning', 'reasoning.summary'],
  },
  'openai-responses': { comesBack: 'sealed', onFirst: [], onSecond: [] },
  'anthropic-messages': { comesBack: 'sealed', onFirst: ['reasoning.effort'], onSecond: ['reasoning.effort'] },
  'gemini-generate': { comesBack: 'sealed', onFirst: [], onSecond: [] },
  'bedrock-converse': { comesBack: 'sealed', onFirst: [], onSecond: [] },
  'ollama-chat': { comesBack: 'in words', onFirst: ['reasoning.effort'], onSecond: ['reasoning.effort'] },
};

/** Asks and gives the whole response, by either way. */
async function ask(
  isStreamed: boolean,
  body: OpenAI.Responses.ResponseCreateParamsNonStreaming,
): Promise<OpenAI.Responses.Response> {
  return isStreamed
    ? client.responses.stream({ ...body, stream: true }).finalResponse()
    : client.responses.create(body);
}

const WAYS = [
  ['at once', false],
  ['streamed', true],
] as const;

describe.each(PROVIDER_DIALECTS)('the openai package, Responses, at a provider of %s', (dialect) => {
  const model = MODEL_OF[dialect];

  it('asks about a picture, and streams the same', async () => {
    const body = { model, instructions: 'You describe pictures.', input: PICTURE, store: false };
    const whole = await client.responses.create(body);
    expect(whole).toMatchObject({ object: 'response', status: 'completed' });
    expect(whole.output_text).toMatch(/\S/);
    const numbers: number[] = [];
    const types: string[] = [];
    const stream = client.responses.stream({ ...body, stream: true });
    for await (const event of stream) {
      numbers.push(event.sequence_number);
      types.push(event.type);
    }
    const last = await stream.finalResponse();
    expect(last.output_text).toBe(whole.output_text);
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect([types[0], types.at(-1)]).toEqual(['response.created', 'response.completed']);
    const [first, second] = await scene.taken(2);
    expectBooked(first);
    expectBooked(second);
    expect(whole.usage?.input_tokens).toBe(first?.told?.usage.promptTokens);
    expect(last.usage?.output_tokens).toBe(second?.told?.usage.completionTokens);
    for (const text of [PIXEL_PNG, 'What does this show?', 'You describe pictures.']) {
      expect(sentText(first)).toContain(text);
    }
  });

  it.each(WAYS)('calls a function and reads its result, %s', async (_, isStreamed) => {
    const input: Input[] = [{ role: 'user', content: 'Call get_weather for Taipei.' }];
    const body = { model, tools: [TOOL], store: false };
    const asked = await ask(isStreamed, { ...body, input });
    const call = asked.output.find((item) => item.type === 'function_call');
    expect(call).toMatchObject({ name: 'get_weather', arguments: '{"city":"sample “text”"}' });
    const result: Input = {
      type: 'function_call_output',
      call_id: call?.call_id ?? '',
      output: 'Clear at 26 degrees, said the station.',
    };
    const told = await ask(isStreamed, { ...body, input: [...input, ...asInput(asked), result] });
    expect(told.output_text).toMatch(/\S/);
    const [first, second] = await scene.taken(2);
    expectBooked(first);
    expectBooked(second);
    expect(sentText(second)).toContain('Clear at 26 degrees, said the station.');
  });

  it.each(WAYS)('thinks, and gives what was thought back on the next turn, %s', async (_, isStreamed) => {
    scene.upstream.setScript(() => ({ thinks: 'shown' }));
    const input: Input[] = [{ role: 'user', content: 'Call get_weather for Taipei.' }];
    const body = {
      model,
      tools: [TOOL],
      store: false,
      reasoning: { effort: 'low', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
    } as const satisfies Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming>;
    const asked = await ask(isStreamed, { ...body, tools: [TOOL], include: [...body.include], input });
    const thought = asked.output.find((item) => item.type === 'reasoning');
    const call = asked.output.find((item) => item.type === 'function_call');
    const said = [...(thought?.summary ?? []), ...(thought?.content ?? [])].map(({ text }) => text).join('');
    expect(said).toBe('Let me think about this.');
    const result: Input = { type: 'function_call_output', call_id: call?.call_id ?? '', output: 'Clear.' };
    await ask(isStreamed, {
      ...body,
      tools: [TOOL],
      include: [...body.include],
      input: [...input, ...asInput(asked), result],
    });
    const [first, second] = await scene.taken(2);
    const { onFirst, onSecond, comesBack } = THOUGHTS[dialect];
    expectBooked(first, onFirst);
    expectBooked(second, onSecond);
    const text = sentText(second);
    if (comesBack !== 'sealed') expect(text.includes('Let me think about this.')).toBe(comesBack === 'in words');
    // The stand-in refuses a seal that is not its own, so it came back unchanged.
    else expect(text).toContain(SEAL);
  });
});

describe('a response that its provider keeps', () => {
  const kept = MODEL_OF['openai-responses'];

  it('is referred to by its id, at the provider that keeps it', async () => {
    scene.upstream.setScript(({ body }) => (body['previous_response_id'] === undefined ? undefined : REMEMBERED));
    const first = await client.responses.create({ model: kept, input: 'My name is Wen.' });
    const second = await client.responses.create({ model: kept, previous_response_id: first.id, input: 'Who am I?' });
    expect(second.output_text).toBe('You are Wen.');
    const [, call] = await scene.taken(2);
    expect(call?.sent?.body).toMatchObject({ previous_response_id: first.id });
  });

  it('does not exist under a made-up id', async () => {
    await expect(
      client.responses.create({ model: kept, previous_response_id: 'resp_made_up', input: 'Who am I?' }),
    ).rejects.toMatchObject({ constructor: OpenAI.NotFoundError, param: 'previous_response_id' });
    const [call] = await scene.taken(1);
    expect(call?.sent).toBeUndefined();
  });

  it.each(PROVIDER_DIALECTS.filter((dialect) => dialect !== 'openai-responses'))(
    'cannot be referred to at a provider of %s, and the caller is told why',
    async (dialect) => {
      const first = await client.responses.create({ model: kept, input: 'My name is Wen.' });
      const thrown = await client.responses
        .create({ model: MODEL_OF[dialect], previous_response_id: first.id, input: 'Who am I?' })
        .catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(OpenAI.APIError);
      expect(thrown).toMatchObject({ param: 'previous_response_id', message: expect.stringMatching(/keep|held|hold/) });
      const [, call] = await scene.taken(2);
      expect(call?.sent).toBeUndefined();
    },
  );
});

const REMEMBERED: Behaviour = {
  instead: {
    kind: 'status',
    status: 200,
    body: JSON.stringify({
      id: 'resp_second',
      object: 'response',
      created_at: 1_760_000_000,
      status: 'completed',
      model: 'gpt-5-mini',
      output: [
        {
          id: 'msg_second',
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'You are Wen.', annotations: [] }],
        },
      ],
      usage: { input_tokens: 12, output_tokens: 4, total_tokens: 16 },
    }),
  },
};

/** An answer's items as the next turn's input, which is what the guide tells callers to send. */
function asInput({ output }: OpenAI.Responses.Response): Input[] {
  // The parsing helper adds a field for its caller's own use, and an item's type is wider than what may be sent.
  return output.map((item) => {
    if (item.type !== 'function_call') return item as Input;
    const { parsed_arguments: _, ...rest } = item as typeof item & { parsed_arguments?: unknown };
    return rest;
  });
}
