import type { EncodedCall, PassThroughFace, ReadAnswer, ReadRequest, Target } from '../contract.ts';
import { modelSplice, spliceBytes } from '../patch-json.ts';
import { answerLength } from './answer-length.ts';
import { parseResponse } from './decode-response.ts';
import { decodeFault } from './faults.ts';
import { readAnswer } from './read-answer.ts';
import { openWatcher } from './stream-watcher.ts';

/** Both sides speak the dialect: a stream's last event is the provider's own, so nothing is ever added. */
export const passThrough: PassThroughFace = {
  patchRequest,
  readResponse,
  openWatcher,
  decodeFault,
  terminator: '',
  answerLength,
};

/** Only the model's name changes. */
function patchRequest(request: ReadRequest, target: Target): EncodedCall {
  const body = spliceBytes(request.raw, modelSplice(request, target.upstreamModel));
  return { call: { path: target.path, headers: {}, body }, losses: [] };
}

function readResponse(body: Buffer): ReadAnswer {
  return readAnswer(parseResponse(body));
}
