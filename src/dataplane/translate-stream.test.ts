import { describe, expect, test } from 'vitest';
import { openaiChat } from '../dialects/openai-chat/index.ts';
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

/** Streams an answer that ends for a reason of its provider's own to a caller of Anthropic's form; gives how it is booked. */
async function endedByOwnWord(refusesLosses: boolean): Promise<readonly Ending[]> {
  const { outbound } = openaiChat;
  if (outbound === undefined) throw new Error('the dialect lost its outbound face');
  const exchange = exchangeOf('anthropic-messages');
  exchange.deployment = deploymentAt('https://provider.test', 'm');
  exchange.refusesLosses = refusesLosses;
  const answer = new UpstreamAnswer({ streams: isMessageStream, nowMs: () => 0 });
  answer.onHeaders(200, { 'content-type': 'text/event-stream' });
  const chunk = { id: 'c', model: 'm', choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'eviction' }] };
  answer.onData(Buffer.from(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`));
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
      meter: { cardOf: () => undefined, noteAnomalies: () => undefined },
      settle: async (ending) => void endings.push(ending),
      hideSecrets: (fault) => fault,
      takeRoom: () => undefined,
    },
  );
  return endings;
}

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
