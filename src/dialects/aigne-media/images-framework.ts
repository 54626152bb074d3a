import type { JsonObject } from '../../kernel/json.ts';
import type { AskedImages, ImagesResponse, MadeImage } from '../../protocol/media.ts';
import { encodeCharge, frameworkTokens } from '../aigne-charge.ts';
import { endUserOf, optionalObject, readModel } from '../fields.ts';
import type { AnsweringImages, GivenMedia, ImagesHead, InboundImages } from '../media-contract.ts';
import { DEFAULT_IMAGE_MODEL, decodeImageFields, isGiven } from './images-fields.ts';
import { modelOf } from './model-of.ts';

/**
 * Pictures as `@aigne/aigne-hub` asks for them at `/api/v2/image`: what is asked stands in `input`, and options of the
 * model in `input.modelOptions`: https://www.npmjs.com/package/@aigne/aigne-hub
 */
export const frameworkImages: InboundImages = {
  readHead,
  decodeRequest,
  encodeResponse,
  encodeStream: undefined,
};

function readHead({ body }: GivenMedia): ImagesHead {
  const { input, options } = partsOf(body);
  const isUnnamed = options['model'] === undefined || options['model'] === null;
  return {
    model: isUnnamed ? DEFAULT_IMAGE_MODEL : readModel(options, 'model', 'input.modelOptions'),
    streamed: false,
    hasImages: isGiven(input['image']) || isGiven(input['images']),
    endUser: endUserOf(input['user'] ?? options['user']),
  };
}

/** What stands in the input itself goes before an option of the same name. */
function decodeRequest({ body }: GivenMedia): AskedImages {
  const { input, options } = partsOf(body);
  return decodeImageFields({ ...options, ...input }, 'input');
}

function partsOf(body: JsonObject): { readonly input: JsonObject; readonly options: JsonObject } {
  const input = optionalObject(body, 'input') ?? {};
  return { input, options: optionalObject(input, 'modelOptions', 'input') ?? {} };
}

/** The client takes usage only where both of its numbers are there. */
function encodeResponse(response: ImagesResponse, answering: AnsweringImages): JsonObject {
  const { charge, recordId } = answering;
  const tokens = frameworkTokens(answering.usage, charge);
  return {
    images: response.images.map(encodeFile),
    ...(tokens === undefined ? {} : { usage: { ...tokens, modelCallId: recordId, ...encodeCharge(charge, recordId) } }),
    model: modelOf(response, answering),
    modelWithProvider: answering.modelWithProvider,
  };
}

function encodeFile({ source }: MadeImage): JsonObject {
  return source.from === 'url'
    ? { type: 'url', url: source.url, mimeType: source.mediaType }
    : { type: 'file', data: source.data, mimeType: source.mediaType };
}
