import type { JsonObject } from '../../../src/kernel/json.ts';
import { isJsonObject } from '../../../src/kernel/json.ts';
import type { MediaAnswer, MediaArrived } from './media.ts';
import { sse } from './speech.ts';

/**
 * Pictures as OpenAI, Google and Volcengine Ark make them: https://platform.openai.com/docs/api-reference/images,
 * https://ai.google.dev/gemini-api/docs/image-generation, https://www.volcengine.com/docs/82379/1541523
 */

/** One red pixel. */
export const PNG_BASE64 =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
/** What pictures of OpenAI's newer models are told to have used. */
export const IMAGE_USAGE = {
  input_tokens: 50,
  output_tokens: 272,
  total_tokens: 322,
  input_tokens_details: { text_tokens: 12, image_tokens: 38 },
  output_tokens_details: { text_tokens: 0, image_tokens: 272 },
};

/** A word of a prompt for which Gemini draws nothing. */
export const FORBIDDEN = 'forbidden';

const GENERATE = /^\/v1beta\/models\/([^/]+):(generateContent|predict)$/;

export async function answerImages(arrived: MediaArrived): Promise<MediaAnswer | undefined> {
  const { method, path, body } = arrived;
  if (method === 'GET' && path.startsWith('/pictures/')) return picture();
  if (method !== 'POST') return undefined;
  if (path === '/v1/images/generations') return openaiGeneration(arrived);
  if (path === '/v1/images/edits') return openaiEdit(arrived);
  if (path === '/api/v3/images/generations') return ark(arrived);
  const [, name = '', verb] = GENERATE.exec(path) ?? [];
  const model = decodeURIComponent(name);
  if (verb === 'predict') return imagen(model, body);
  return verb === 'generateContent' && asksForImages(body) ? gemini(model, body) : undefined;
}

function picture(): MediaAnswer {
  const bytes = Buffer.from(PNG_BASE64, 'base64');
  return { model: undefined, status: 200, headers: { 'content-type': 'image/png' }, frames: [bytes] };
}

function json(model: string | undefined, status: number, value: JsonObject): MediaAnswer {
  const frames = [JSON.stringify(value)];
  return { model, status, headers: { 'content-type': 'application/json' }, frames };
}

function refusal(model: string | undefined, message: string, param: string): MediaAnswer {
  return json(model, 400, { error: { message, type: 'invalid_request_error', param, code: 'unknown_parameter' } });
}

function openaiGeneration({ body, url }: MediaArrived): MediaAnswer {
  const model = textOf(body['model']);
  if (textOf(body['prompt']) === undefined) return refusal(model, 'Missing required parameter: prompt', 'prompt');
  return openaiAnswer({ model, fields: body, url, type: 'image_generation' });
}

async function openaiEdit({ raw, headers, url }: MediaArrived): Promise<MediaAnswer> {
  const type = headers['content-type'] ?? '';
  const form = await new Response(new Uint8Array(raw), { headers: { 'content-type': type } }).formData();
  const fields = Object.fromEntries([...form.keys()].map((key) => [key, textOf(form.get(key))]));
  const model = fields['model'];
  const files = [...form.getAll('image'), ...form.getAll('image[]')];
  if (files.length === 0 || files.some((file) => typeof file === 'string')) {
    return refusal(model, 'Missing required parameter: image', 'image');
  }
  return openaiAnswer({ model, fields, url, type: 'image_edit' });
}

type OpenaiAsked = {
  readonly model: string | undefined;
  readonly fields: JsonObject;
  readonly url: string;
  readonly type: 'image_generation' | 'image_edit';
};

function openaiAnswer({ model, fields, url, type }: OpenaiAsked): MediaAnswer {
  const givesBytes = model?.startsWith('gpt-image') === true;
  for (const field of ['response_format', 'style']) {
    if (givesBytes && fields[field] !== undefined) return refusal(model, `Unknown parameter: '${field}'.`, field);
  }
  const size = textOf(fields['size']) ?? '1024x1024';
  if (fields['stream'] === true || fields['stream'] === 'true') return openaiStream({ model, type, size });
  const count = Number(fields['n'] ?? 1);
  const inBytes = givesBytes || fields['response_format'] === 'b64_json';
  const data = Array.from({ length: count }, (_, index) =>
    inBytes ? { b64_json: PNG_BASE64 } : { url: `${url}/pictures/${index}.png`, revised_prompt: 'As it was drawn.' },
  );
  const about = { background: 'opaque', output_format: 'png', quality: 'high', size };
  return json(model, 200, { created: 1_750_000_000, data, ...(givesBytes ? { ...about, usage: IMAGE_USAGE } : {}) });
}

function openaiStream({
  model,
  type,
  size,
}: {
  readonly model: string | undefined;
  readonly type: string;
  readonly size: string;
}): MediaAnswer {
  const about = { created_at: 1_750_000_000, size, quality: 'high', background: 'opaque', output_format: 'png' };
  const event = (name: string, more: JsonObject): string =>
    sse(JSON.stringify({ type: `${type}.${name}`, b64_json: PNG_BASE64, ...about, ...more }), {}, `${type}.${name}`);
  return {
    model,
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    frames: [event('partial_image', { partial_image_index: 0 }), event('completed', { usage: IMAGE_USAGE })],
  };
}

function ark({ body, url }: MediaArrived): MediaAnswer {
  const model = textOf(body['model']);
  const item = body['response_format'] === 'b64_json' ? { b64_json: PNG_BASE64 } : { url: `${url}/pictures/ark.png` };
  return json(model, 200, {
    model: model ?? '',
    created: 1_750_000_000,
    data: [{ ...item, size: '2048x2048' }],
    usage: { generated_images: 1, output_tokens: 16_384, total_tokens: 16_384 },
  });
}

function asksForImages(body: JsonObject): boolean {
  const { generationConfig } = body;
  const modalities = isJsonObject(generationConfig) ? generationConfig['responseModalities'] : undefined;
  return Array.isArray(modalities) && modalities.includes('IMAGE');
}

function gemini(model: string, body: JsonObject): MediaAnswer {
  const { contents } = body;
  if (!Array.isArray(contents) || contents.length === 0) {
    return json(model, 400, { error: { code: 400, message: 'contents is not specified', status: 'INVALID_ARGUMENT' } });
  }
  if (JSON.stringify(contents).includes(FORBIDDEN)) {
    const usageMetadata = { promptTokenCount: 9, totalTokenCount: 9 };
    return json(model, 200, { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata });
  }
  return json(model, 200, {
    candidates: [
      {
        content: { role: 'model', parts: [{ inlineData: { mimeType: 'image/png', data: PNG_BASE64 } }] },
        finishReason: 'STOP',
        index: 0,
      },
    ],
    usageMetadata: {
      promptTokenCount: 9,
      candidatesTokenCount: 1290,
      totalTokenCount: 1299,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 9 }],
      candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1290 }],
    },
    modelVersion: model,
    responseId: 'fake-response',
  });
}

function imagen(model: string, body: JsonObject): MediaAnswer {
  const { parameters } = body;
  const count = isJsonObject(parameters) ? Number(parameters['sampleCount'] ?? 1) : 1;
  const prediction = { bytesBase64Encoded: PNG_BASE64, mimeType: 'image/png' };
  return json(model, 200, { predictions: Array.from({ length: count }, () => prediction) });
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
