import { type EndpointQuirks, NO_QUIRKS } from '../../../protocol/deployment.ts';
import type { ReadRequest, Target } from '../../contract.ts';
import { readJsonBody } from '../../json-request.ts';
import { readHead } from '../read-head.ts';

const LIMITS = { depthMax: 64, keysPerObjectMax: 10_000 };
const NO_FACTS: Target['facts'] = {
  displayName: undefined,
  contextTokens: undefined,
  maxOutputTokens: undefined,
  inputModalities: undefined,
  outputModalities: undefined,
  embeddingDimensions: undefined,
  createdAt: undefined,
};

/** A caller's bytes as the hub reads them. */
export function readRequest(raw: Buffer): ReadRequest {
  const { body, spans } = readJsonBody(raw, LIMITS);
  return { ...readHead(body, 'chat'), raw, body, spans };
}

/** Where a call goes, with the quirks that a test is about. */
export function targetOf(said: { readonly upstreamModel?: string; readonly quirks?: Partial<EndpointQuirks> }): Target {
  return {
    upstreamModel: said.upstreamModel ?? 'routed-model',
    path: '/v1/chat/completions',
    quirks: { ...NO_QUIRKS, ...said.quirks },
    facts: NO_FACTS,
    newId: (prefix) => `${prefix}_1`,
  };
}
