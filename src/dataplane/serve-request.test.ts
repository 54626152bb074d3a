import { describe, expect, test } from 'vitest';
import { nanoUsd } from '../kernel/money.ts';
import type { RequestOutcome } from '../protocol/records.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { SharedAnswers } from './aigne/shared-answers.ts';
import { BodyBudget } from './read-body.ts';
import { successOf } from './relay-whole.ts';
import { type ServeDeps, type Serving, serveRequest } from './serve-request.ts';
import { deploymentAt } from './testing/deployment.ts';
import { exchangeOf } from './testing/exchange.ts';

const PRINCIPAL = {
  organizationId: 'org_1',
  projectId: 'proj_1',
  keyId: 'vk_1',
  keyName: 'key',
  memberId: undefined,
  serviceAccountId: undefined,
  allowedModels: undefined,
  refusesLosses: false,
};

/** What a request needs, with a store of held ids that is down. */
function withoutHeldIds(records: RequestOutcome[]): ServeDeps {
  const down = async (): Promise<never> => {
    throw new Error('the store is down');
  };
  return {
    send: () => {
      throw new Error('nothing is sent here');
    },
    credentials: {
      next: () => undefined,
      noteUse: () => undefined,
      noteFault: () => undefined,
      scrub: (_, text) => text,
    },
    timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 },
    responseBytesMax: 1,
    newWireId: (prefix) => `${prefix}_1`,
    meter: { cardOf: () => undefined, noteAnomalies: () => undefined },
    records: {
      isAccepting: () => true,
      commit: async (outcome) => void records.push(outcome),
      begin: () => ({ reroute: () => undefined, progress: () => undefined, end: () => undefined }),
    },
    instanceId: 'inst_1',
    onEnd: () => undefined,
    snapshot: () => {
      throw new Error('nothing is routed here');
    },
    authenticate: () => ({ principal: PRINCIPAL, mayCall: undefined }),
    held: { bind: down, find: down, list: down, forget: down },
    budget: new BodyBudget(1),
    bodyBytesMax: 1,
    jsonLimits: { depthMax: 1, keysPerObjectMax: 1 },
    waiting: { shared: new SharedAnswers({ after: () => () => undefined }), every: () => () => undefined },
  };
}

describe('an answer that leaves something at its provider', () => {
  test('is booked with what it cost even where that cannot be bound, and is not given', async () => {
    const records: RequestOutcome[] = [];
    const exchange = exchangeOf('openai-responses');
    exchange.deployment = deploymentAt('https://provider.test', 'gpt-5');
    const usage = { ...NO_USAGE, inputTokens: 100, outputTokens: 20 };
    const metered = { usage, usageBasis: 'reported', costNano: nanoUsd(7n), rateCard: undefined } as const;
    const answered = successOf(metered, { servedModel: 'gpt-5', finishReason: 'completed' });
    await serveRequest(exchange, withoutHeldIds(records), async ({ relayDeps }: Serving) => {
      await relayDeps.settle(answered, ['resp_1']);
      throw new Error('the answer was released');
    });
    expect(records).toMatchObject([
      { usage: { usage, costNano: nanoUsd(7n), status: 'upstream_error', errorCode: 'hub.store_unavailable' } },
    ]);
    expect(exchange.ownResponse.statusCode).toBe(503);
  });
});
