import { nanoUsd } from '../../kernel/money.ts';
import type { RequestOutcome } from '../../protocol/records.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import type { CatalogueProvider } from '../services.ts';

/** Two providers as a catalogue would list them. */
export function exampleProviders(): readonly CatalogueProvider[] {
  const common = {
    docs: 'https://docs.example.com/api',
    params: [],
    speaks: [{ operation: 'chat', dialect: 'openai-chat', supported: true }],
    origin: 'built_in' as const,
  };
  return [
    {
      ...common,
      id: 'cloudy',
      name: 'Cloudy',
      baseUrl: 'https://api.cloudy.example/v1',
      needsCredential: true,
      local: false,
      document: { id: 'cloudy', name: 'Cloudy', docs: common.docs },
    },
    {
      ...common,
      id: 'homely',
      name: 'Homely',
      baseUrl: 'http://127.0.0.1:11434/v1',
      needsCredential: false,
      local: true,
      document: { id: 'homely', name: 'Homely', docs: common.docs },
    },
  ];
}

/** A finished request; `index` makes its ids, which sort by it. */
export function exampleOutcome(index: number, startedAt: number, costNano: bigint | undefined): RequestOutcome {
  const id = `ur_${String(index).padStart(4, '0')}`;
  const requestId = `req_call${index}`;
  const tenant = { organizationId: 'org_test', projectId: 'proj_test' };
  return {
    usage: {
      ...tenant,
      id,
      requestId,
      startedAt,
      memberId: undefined,
      serviceAccountId: undefined,
      keyId: 'vk_1',
      connectionId: 'conn_1',
      credentialId: 'cred_1',
      providerId: 'cloudy',
      application: 'vk_1',
      endUser: undefined,
      tags: { team: 'search' },
      clientRequestId: undefined,
      traceparent: undefined,
      operation: 'chat',
      streamed: false,
      requestedModel: 'small-model',
      routedModel: 'small-model',
      servedModel: 'small-model',
      usage: { ...NO_USAGE, inputTokens: 10, outputTokens: 20 },
      usageBasis: 'reported',
      costNano: costNano === undefined ? undefined : nanoUsd(costNano),
      rateCardId: costNano === undefined ? undefined : 'rc_1',
      rateCardVersion: costNano === undefined ? undefined : 1,
      finishReason: 'stop',
      status: 'success',
      httpStatus: 200,
      errorCode: undefined,
      firstByteMs: 40,
      durationMs: 90,
      overheadMs: 1.5,
      requestBytes: 100,
      responseBytes: 200,
      instanceId: 'inst_1',
    },
    request: {
      ...tenant,
      id,
      requestId,
      startedAt,
      attempts: [
        {
          connectionId: 'conn_1',
          credentialId: 'cred_1',
          providerId: 'cloudy',
          routedModel: 'small-model',
          startedMs: 1,
          headersMs: 30,
          firstByteMs: 40,
          endedMs: 89,
          httpStatus: 200,
          outcome: 'success',
          errorCode: undefined,
          upstreamMessage: undefined,
          upstreamRequestId: 'up-1',
        },
      ],
      losses: [],
      errorMessage: undefined,
      userAgent: 'openai-node',
      clientAddress: '127.0.0.1',
    },
  };
}
