import type { EncodedCall, ReadRequest, Target } from '../contract.ts';
import { modelSplice, spliceBytes } from '../patch-json.ts';

/** The caller's own bytes with the provider's name of the model; a stream tells what it used unasked. */
export function patchRequest(request: ReadRequest, target: Target): EncodedCall {
  const body = spliceBytes(request.raw, modelSplice(request, target.upstreamModel));
  return { call: { path: target.path, headers: {}, body }, losses: [] };
}
