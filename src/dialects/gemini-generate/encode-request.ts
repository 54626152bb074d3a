import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { ChatRequest } from '../../protocol/chat-request.ts';
import type { EncodedCall, Target } from '../contract.ts';
import { Losses } from '../losses.ts';
import { encodeContents } from './encode-contents.ts';
import { encodeGeneration } from './encode-generation.ts';
import { encodeTools } from './encode-tools.ts';
import { modelPath } from './model-path.ts';
import { rulesOf } from './model-rules.ts';
import { GEMINI } from './name.ts';

/** Where the settings of a request stand. */
const SETTINGS: ReadonlySet<string> = new Set(['generationConfig', 'toolConfig']);

/** A request in Gemini's form: https://ai.google.dev/api/generate-content#request-body */
export function encodeRequest(request: ChatRequest, target: Target): EncodedCall {
  const losses = new Losses();
  const rules = rulesOf(target.upstreamModel);
  const { contents, systemInstruction } = encodeContents(request.messages, rules, losses);
  const { tools, toolConfig } = encodeTools(request, losses);
  const body: JsonObject = {
    ...(systemInstruction === undefined ? {} : { systemInstruction }),
    contents: [...contents],
    ...(tools === undefined ? {} : { tools: [...tools] }),
    ...(toolConfig === undefined ? {} : { toolConfig }),
  };
  const generationConfig = encodeGeneration(request, rules, losses);
  if (generationConfig !== undefined) body['generationConfig'] = generationConfig;
  const serviceTier = encodeServiceTier(request.serviceTier, losses);
  if (serviceTier !== undefined) body['serviceTier'] = serviceTier;
  noteUnsaid(request, losses);
  if (request.dialect === GEMINI) addOwn(request.extra, body, losses);
  const path = modelPath(target, request.streamed ? 'streamGenerateContent?alt=sse' : 'generateContent');
  return { call: { path, headers: {}, body: Buffer.from(JSON.stringify(body)) }, losses: losses.list };
}

/** Fields of the API's own go back to where they stood; those of single parts have lost their place. */
function addOwn(extra: ChatRequest['extra'], body: JsonObject, losses: Losses): void {
  for (const [path, value] of Object.entries(extra)) {
    const names = path.split('.');
    const last = names.pop() ?? path;
    const [top] = names;
    if (top !== undefined && !SETTINGS.has(top)) {
      losses.add(path, 'the hub does not carry it');
      continue;
    }
    let parent = body;
    for (const name of names) {
      const known = parent[name];
      const inner = isJsonObject(known) ? known : {};
      parent[name] = inner;
      parent = inner;
    }
    parent[last] = value;
  }
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
