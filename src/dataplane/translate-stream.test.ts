import { describe, expect, test } from 'vitest';
import { openaiChat } from '../dialects/openai-chat/index.ts';
import { GatewayError } from '../kernel/errors.ts';
import { PLAIN_CHAT } from '../protocol/chat-request.ts';
import type { Ending } from './outcome.ts';
import { deploymentAt } from './testing/deployment.ts';
import { exchangeOf } from './testing/exchange.ts';
import { translateStream } from './translate-stream.ts';
import { isMessageStream, UpstreamAnswer } from './upstream-answer.ts';

const REQUEST = {
  model: 'm',
  streamed: true,
  wantsUsage: true,
  manyChoices: false,
  endUser: undefined,
  references: [],
  raw: Buffer.from('{}'),
  body: {},
  spans: new Map(),
};

type Streaming = {
  readonly chunks: readonly Buffer[];
  readonly refusesLosses?: boolean;
  readonly takeRoom?: (bytes: number) => GatewayError | undefined;
};

/** Streams a provider's bytes to a caller of Anthropic's form; gives how the answer is booked. */
async function streamed({ chunks, refusesLosses = false, takeRoom = () => undefined }: Streaming) {
  const { outbound } = openaiChat;
  if (outbound === undefined) throw new Error('the dialect lost its outbound face');
  const exchange = exchangeOf('anthropic-messages');
  exchange.deployment = deploymentAt('https://provider.test', 'm');
  exchange.refusesLosses = refusesLosses;
  const answer = new UpstreamAnswer({ streams: isMessageStream, nowMs: () => 0 });
  answer.onHeaders(200, { 'content-type': 'text/event-stream' });
  for (const chunk of chunks) answer.onData(chunk);
  answer.onEnd();
  const endings: Ending[] = [];
  const answering = {
    requestId: 'req_1',
    recordId: 'ur_1',
    model: 'm',
    modelWithProvider: 'p/m',
    nowSeconds: 0,
    newId: (prefix: string) => `${prefix}_1`,
    request: { ...PLAIN_CHAT, streamed: true },
    keepReasoning: () => undefined,
  };
  await translateStream(
    exchange,
    { answer, request: REQUEST, face: outbound, answering, terminator: 'data: [DONE]\n\n' },
    {
      meter: {
        cardOf: () => undefined,
        shownCardOf: () => undefined,
        isPaidWithCredit: () => false,
        noteAnomalies: () => undefined,
      },
      settle: async (ending) => void endings.push(ending),
      hideSecrets: (fault) => fault,
      takeRoom,
    },
  );
  return endings;
}

function chunk(content: string, finish_reason: string | null = null): Buffer {
  const json = { id: 'c', model: 'm', choices: [{ index: 0, delta: { content }, finish_reason }] };
  return Buffer.from(`data: ${JSON.stringify(json)}\n\n`);
}

const DONE = Buffer.from('data: [DONE]\n\n');

/** An answer that ends for a reason of its provider's own. */
const endedByOwnWord = (refusesLosses: boolean) => streamed({ chunks: [chunk('Hi', 'eviction'), DONE], refusesLosses });

describe('what is lost with the last words of a stream', () => {
  test('ends it in an error for a caller who refuses losses', async () => {
    expect(await endedByOwnWord(true)).toMatchObject([
      { status: 'upstream_error', error: { code: 'request.not_expressible', param: 'finishReason' } },
    ]);
  });

  test('is told to everybody else', async () => {
    expect(await endedByOwnWord(false)).toMatchObject([{ status: 'success', error: undefined }]);
  });
});

describe('a long message of a stream', () => {
  const MIB = 1024 * 1024;
  const pieces = (bytes: Buffer): Buffer[] =>
    Array.from({ length: Math.ceil(bytes.length / MIB) }, (_, index) => bytes.subarray(index * MIB, (index + 1) * MIB));

  test('takes room while it is held, and the same again for the next', async () => {
    const taken: number[] = [];
    const long = pieces(chunk('x'.repeat(4 * MIB)));
    const takeRoom = (bytes: number): undefined => void taken.push(bytes);
    const endings = await streamed({ chunks: [...long, ...long, chunk('', 'stop'), DONE], takeRoom });
    expect(endings).toMatchObject([{ status: 'success' }]);
    const room = taken.reduce((sum, bytes) => sum + bytes, 0);
    expect(room).toBeGreaterThan(2.9 * MIB);
    expect(room).toBeLessThan(5 * MIB);
  });

  test('takes none where it is short', async () => {
    const takeRoom = () => new GatewayError('hub.overloaded');
    const short = Array.from({ length: 20 }, () => chunk('x'.repeat(MIB / 4)));
    expect(await streamed({ chunks: [...short, chunk('', 'stop'), DONE], takeRoom })).toMatchObject([
      { status: 'success' },
    ]);
  });

  test('ends the stream where there is no room', async () => {
    const takeRoom = () => new GatewayError('hub.overloaded');
    const endings = await streamed({ chunks: [chunk('Hi'), ...pieces(chunk('x'.repeat(4 * MIB)))], takeRoom });
    expect(endings).toMatchObject([{ status: 'upstream_error', error: { code: 'hub.overloaded' } }]);
  });
});
