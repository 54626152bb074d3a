import { describe, expect, test } from 'vitest';
import { nanoUsd } from '../kernel/money.ts';
import type { RequestOutcome } from '../protocol/records.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { successOf } from './relay-whole.ts';
import { type Serving, serveRequest } from './serve-request.ts';
import { deploymentAt } from './testing/deployment.ts';
import { exchangeOf } from './testing/exchange.ts';
import { serveDeps } from './testing/serve-deps.ts';

describe('an answer that leaves something at its provider', () => {
  test('is booked with what it cost even where that cannot be bound, and is not given', async () => {
    const records: RequestOutcome[] = [];
    const exchange = exchangeOf('openai-responses');
    exchange.deployment = deploymentAt('https://provider.test', 'gpt-5');
    const usage = { ...NO_USAGE, inputTokens: 100, outputTokens: 20 };
    const metered = {
      usage,
      usageBasis: 'reported',
      costNano: nanoUsd(7n),
      rateCard: undefined,
      priceNano: undefined,
    } as const;
    const answered = successOf(metered, { servedModel: 'gpt-5', finishReason: 'completed' });
    await serveRequest(exchange, serveDeps(records), async ({ admit }: Serving) => {
      const { relayDeps } = await admit([]);
      await relayDeps.settle(answered, ['resp_1']);
      throw new Error('the answer was released');
    });
    expect(records).toMatchObject([
      { usage: { usage, costNano: nanoUsd(7n), status: 'upstream_error', errorCode: 'hub.store_unavailable' } },
    ]);
    expect(exchange.ownResponse.statusCode).toBe(503);
  });
});
