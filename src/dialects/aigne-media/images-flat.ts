import type { JsonObject } from '../../kernel/json.ts';
import type { AskedImages, ImagesResponse, MadeImage } from '../../protocol/media.ts';
import { encodeCharge } from '../aigne-charge.ts';
import { endUserOf, readModel } from '../fields.ts';
import type { AnsweringImages, GivenMedia, ImagesHead, InboundImages } from '../media-contract.ts';
import { inputTotal, outputTotal } from '../usage-totals.ts';
import { DEFAULT_IMAGE_MODEL, decodeImageFields, isGiven } from './images-fields.ts';
import { modelOf } from './model-of.ts';

/**
 * Pictures as the documented AIGNE API has them at `/api/v2/image/generations` and its aliases: flat, with OpenAI's words
 * and camelCase alike. The answer holds them twice, as `images` and as OpenAI's `data`: https://www.aigne.io/docs
 */
export const flatImages: InboundImages = { readHead, decodeRequest, encodeResponse, encodeStream: undefined };

function readHead({ body }: GivenMedia): ImagesHead {
  const isUnnamed = body['model'] === undefined || body['model'] === null;
  return {
    model: isUnnamed ? DEFAULT_IMAGE_MODEL : readModel(body),
    streamed: false,
    hasImages: isGiven(body['image']) || isGiven(body['images']),
    endUser: endUserOf(body['user']),
  };
}

/** Where nothing is said, the documentation shows addresses. */
function decodeRequest({ body }: GivenMedia): AskedImages {
  const asked = decodeImageFields(body, '');
  return { ...asked, wants: asked.wants ?? 'url' };
}

function encodeResponse(response: ImagesResponse, answering: AnsweringImages): JsonObject {
  const images = response.images.map(encodeImage);
  return {
    created: answering.nowSeconds,
    images,
    data: images,
    model: modelOf(response, answering),
    modelWithProvider: answering.modelWithProvider,
    usage: encodeUsage(answering),
  };
}

/** Readers of one spelling each have been in use. */
function encodeImage({ source, revisedPrompt }: MadeImage): JsonObject {
  const revised = revisedPrompt === undefined ? {} : { revised_prompt: revisedPrompt };
  if (source.from === 'url') return { url: source.url, ...revised };
  return { b64_json: source.data, b64Json: source.data, base64: source.data, ...revised };
}

/** Always an object: its readers look into it unasked. */
function encodeUsage({ usage, recordId, charge }: AnsweringImages): JsonObject {
  return {
    inputTokens: inputTotal(usage),
    outputTokens: outputTotal(usage),
    images: usage.images,
    modelCallId: recordId,
    ...encodeCharge(charge, recordId),
  };
}
