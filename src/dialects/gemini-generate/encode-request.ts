import type { JsonObject } from '../../kernel/json.ts';
import type { ChatRequest } from '../../protocol/chat-request.ts';
import type { EncodedCall, Target } from '../contract.ts';
import { Losses } from '../losses.ts';
import { encodeContents } from './encode-contents.ts';
import { encodeGeneration } from './encode-generation.ts';
import { encodeTools } from './encode-tools.ts';
import { modelPath } from './model-path.ts';
import { rulesOf } from './model-rules.ts';
import { GEMINI } from './name.ts';

/** A request in Gemini's form: https://ai.google.dev/api/generate-content#request-body */
export function encodeRequest(request: ChatRequest, target: Target): EncodedCall {
  const losses = new Losses();
  const rules = rulesOf(target.upstreamModel);
  const { contents, systemInstruction } = encodeContents(request.messages, rules, losses);
  const { tools, toolConfig } = encodeTools(request, losses);
  const body: Record<string, unknown> = {
    ...(systemInstruction === undefined ? {} : { systemInstruction }),
    contents,
    ...(tools === undefined ? {} : { tools }),
    ...(toolConfig === undefined ? {} : { toolConfig }),
  };
  const generationConfig = encodeGeneration(request, rules, losses);
  if (generationConfig !== undefined) body['generationConfig'] = generationConfig;
  const serviceTier = encodeServiceTier(request.serviceTier, losses);
  if (serviceTier !== undefined) body['serviceTier'] = serviceTier;
  noteUnsaid(request, losses);
  const path = modelPath(target, request.streamed ? 'streamGenerateContent?alt=sse' : 'generateContent');
  const own: JsonObject = request.dialect === GEMINI ? request.extra : {};
  return { call: { path, headers: {}, body: Buffer.from(JSON.stringify({ ...body, ...own })) }, losses: losses.list };
}

/** The words of the dialects that callers speak. What is standard needs no word. */
function encodeServiceTier(tier: string | undefined, losses: Losses): string | undefined {
  switch (tier) {
    case undefined:
    case 'auto':
    case 'default':
    case 'standard':
    case 'standard_only':
      return undefined;
    case 'flex':
    case 'priority':
      return tier;
    default:
      losses.add('serviceTier', 'there is no such tier');
      return undefined;
  }
}

function noteUnsaid(request: ChatRequest, losses: Losses): void {
  const reason = `${GEMINI} has no such field`;
  losses.addIf(request.logitBias, 'logitBias', reason);
  losses.addIf(request.endUser, 'endUser', reason);
  losses.addIf(request.metadata, 'metadata', reason);
  losses.addIf(request.verbosity, 'verbosity', reason);
  losses.addIf(request.promptCacheKey, 'promptCacheKey', reason);
  losses.addIf(request.cache, 'cache', 'the provider itself decides what it caches');
  losses.addExtra(request, GEMINI);
}
