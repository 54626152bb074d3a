import type { EncodedCall, ReadRequest, Target } from '../contract.ts';
import { type Splice, spliceBytes } from '../patch-json.ts';
import { modelPath, resourceName } from './model-path.ts';
import { bareModel, MODELS_PREFIX } from './name.ts';
import { stringValuesOf } from './string-values.ts';

const METHOD = 'generateContent';
/** Streams come to the hub as events, in whichever form their caller wants them. */
const AS_EVENTS: Readonly<Record<string, string>> = { streamGenerateContent: '?alt=sse' };
/** Where bodies name the model beside the address: of one request, of the one whose tokens are counted, and of several. */
const MODEL_FIELD = 'model';
const MODEL_PATHS: ReadonlySet<string> = new Set([
  'model',
  'generateContentRequest.model',
  'generate_content_request.model',
  'requests[].model',
]);
const NAMES_MODEL = `"${MODEL_FIELD}"`;
const ESCAPE = '\\u00';

/** The caller's own bytes; the model stands in the address, and where the body names it, too, it gets the provider's name. */
export function patchRequest(request: ReadRequest, target: Target): EncodedCall {
  const method = request.method ?? METHOD;
  const path = `${modelPath(target, method)}${AS_EVENTS[method] ?? ''}`;
  return { call: { path, headers: {}, body: spliceBytes(request.raw, modelSplices(request, target)) }, losses: [] };
}

function modelSplices({ raw, spans }: ReadRequest, { upstreamModel }: Target): readonly Splice[] {
  const mayName = spans.has(MODEL_FIELD) || raw.includes(NAMES_MODEL) || raw.includes(ESCAPE);
  if (!mayName) return [];
  return stringValuesOf(raw.toString('latin1'), MODEL_FIELD)
    .filter(({ path }) => MODEL_PATHS.has(path))
    .flatMap(({ start, end, text }) => {
      const name = text.startsWith(MODELS_PREFIX) ? resourceName(upstreamModel) : bareModel(upstreamModel);
      return name === text ? [] : [{ start, end, text: JSON.stringify(name) }];
    });
}
