import type { Answering, Dialect, InboundFace, OutboundFace, Target } from '../../src/dialects/contract.ts';
import { DIALECTS } from '../../src/dialects/index.ts';
import { type ChatRequest, PLAIN_CHAT } from '../../src/protocol/chat-request.ts';
import type { ModelFacts } from '../../src/protocol/configuration.ts';
import { type EndpointQuirks, NO_QUIRKS } from '../../src/protocol/deployment.ts';

/** What dialects are handed in a test: always the same, so that two runs give the same bytes. */

export const NOW_SECONDS = 1_700_000_000;
export const NOW_MS = NOW_SECONDS * 1000;
export const REQUEST_ID = 'req_1';

export const NO_FACTS: ModelFacts = {
  displayName: undefined,
  contextTokens: undefined,
  maxOutputTokens: undefined,
  inputModalities: undefined,
  outputModalities: undefined,
  embeddingDimensions: undefined,
  createdAt: undefined,
};

/** Ids that count from 1: `call_1`, `call_2` … whatever the prefix. */
export function countingIds(): (prefix: string) => string {
  const counts = new Map<string, number>();
  return (prefix) => {
    const count = (counts.get(prefix) ?? 0) + 1;
    counts.set(prefix, count);
    return `${prefix}_${count}`;
  };
}

/** A target as fixtures presume it, with what a case says otherwise. */
export function targetOf(
  said: {
    readonly upstreamModel?: string | undefined;
    readonly path?: string | undefined;
    readonly quirks?: Readonly<Record<string, unknown>> | undefined;
    readonly facts?: Readonly<Record<string, unknown>> | undefined;
  } = {},
): Target {
  return {
    upstreamModel: said.upstreamModel ?? 'routed-model',
    path: said.path ?? '/v1/path',
    // A case names the fields of these types and no others.
    quirks: { ...NO_QUIRKS, ...said.quirks } as EndpointQuirks,
    facts: { ...NO_FACTS, ...said.facts } as ModelFacts,
    newId: countingIds(),
  };
}

/** Where an answer goes, as fixtures presume it. Opaque reasoning that the dialect hands over is lost. */
export function answeringOf(request: ChatRequest = PLAIN_CHAT): Answering {
  return {
    requestId: REQUEST_ID,
    recordId: 'ur_1',
    model: 'asked-model',
    modelWithProvider: 'provider/routed-model',
    nowSeconds: NOW_SECONDS,
    newId: countingIds(),
    request,
    keepReasoning: (opaque) => ({
      field: 'reasoning',
      reason: `the caller's dialect has no place for what is ${opaque.kind} in ${opaque.dialect}`,
    }),
  };
}

/** @throws Error where the list does not hold it */
export function dialectNamed(name: string): Dialect {
  const dialect = DIALECTS.get(name);
  if (dialect === undefined) throw new Error(`the dialect ${name} is missing in src/dialects/index.ts`);
  return dialect;
}

/** @throws Error where the dialect is not spoken to the hub */
export function inboundFace(name: string): InboundFace {
  const { inbound } = dialectNamed(name);
  if (inbound === undefined) throw new Error(`the dialect ${name} has no inbound face`);
  return inbound;
}

/** @throws Error where the dialect is not spoken to providers */
export function outboundFace(name: string): OutboundFace {
  const { outbound } = dialectNamed(name);
  if (outbound === undefined) throw new Error(`the dialect ${name} has no outbound face`);
  return outbound;
}
