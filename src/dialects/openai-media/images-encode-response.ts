import type { JsonObject } from '../../kernel/json.ts';
import type { ImagesResponse, MadeImage } from '../../protocol/media.ts';
import { imageFormatOf } from '../image-type.ts';
import type { AnsweringImages } from '../media-contract.ts';
import { sseEvent } from '../sse-text.ts';
import { encodeImagesUsage } from './images-usage.ts';

/** https://platform.openai.com/docs/api-reference/images/object */
export function encodeImagesResponse(response: ImagesResponse, { nowSeconds, usage }: AnsweringImages): JsonObject {
  return {
    created: nowSeconds,
    ...aboutOf(response),
    data: response.images.map(encodeImage),
    usage: encodeImagesUsage(usage),
  };
}

/**
 * An answer that came whole, as the end of a stream: the finished pictures without those on the way.
 * https://platform.openai.com/docs/api-reference/images-streaming
 */
export function encodeImagesStream(
  response: ImagesResponse,
  { nowSeconds, usage }: AnsweringImages,
  made: 'new' | 'edited',
): string {
  const type = made === 'new' ? 'image_generation.completed' : 'image_edit.completed';
  const events = response.images.map((image, index) => {
    // The whole answer's usage is told once, with its last picture.
    const isLast = index === response.images.length - 1;
    const event = {
      type,
      created_at: nowSeconds,
      ...aboutOf(response),
      ...encodeImage(image),
      usage: isLast ? encodeImagesUsage(usage) : undefined,
    };
    return sseEvent(event, type);
  });
  return events.join('');
}

function aboutOf({ images, size, quality, background, outputFormat }: ImagesResponse): JsonObject {
  const source = images[0]?.source;
  const format = outputFormat ?? (source?.from === 'base64' ? imageFormatOf(source.mediaType) : undefined);
  return { background, output_format: format, quality, size };
}

function encodeImage({ source, revisedPrompt }: MadeImage): JsonObject {
  return source.from === 'url'
    ? { url: source.url, revised_prompt: revisedPrompt }
    : { b64_json: source.data, revised_prompt: revisedPrompt };
}
