import type { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { FaultAnswer } from '../contract.ts';
import type { MediaDialect } from '../media-contract.ts';
import { bodyText, providerFault, readRetryAfter } from '../provider-fault.ts';
import { openaiImages } from './images.ts';
import { OPENAI_MEDIA } from './name.ts';
import { openaiVideos } from './videos.ts';

/** Pictures, sound and films as OpenAI asks for them: https://platform.openai.com/docs/api-reference */
export const openaiMedia: MediaDialect = {
  name: OPENAI_MEDIA,
  images: openaiImages,
  videos: openaiVideos,
  decodeFault,
};

/** https://platform.openai.com/docs/guides/error-codes */
function decodeFault(answer: FaultAnswer, nowMs: number): GatewayError {
  const body = parseJsonOrUndefined(answer.body.toString());
  const error = isJsonObject(body) && isJsonObject(body['error']) ? body['error'] : undefined;
  const { message, code, type, param } = error ?? {};
  return providerFault({
    status: answer.status,
    message: typeof message === 'string' ? message : bodyText(answer.body),
    code: typeof code === 'string' ? code : typeof type === 'string' ? type : undefined,
    param: typeof param === 'string' ? param : undefined,
    retryAfterSeconds: readRetryAfter(answer.headers['retry-after'], nowMs),
  });
}
