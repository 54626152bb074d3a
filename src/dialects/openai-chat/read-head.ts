import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { Operation } from '../../protocol/operation.ts';
import type { HeldReference, RequestHead } from '../contract.ts';
import { endUserOf, optionalBoolean, optionalObject, readModel } from '../fields.ts';

/**
 * What a request of `/v1/chat/completions`, `/v1/completions` or `/v1/embeddings` says of itself; everything else passes
 * as the caller wrote it. Fields: https://platform.openai.com/docs/api-reference/chat/create
 *
 * @throws GatewayError `request.invalid` with the field that is wrong
 */
export function readHead(body: JsonObject, operation: Operation): RequestHead {
  const streamed = operation !== 'embeddings' && optionalBoolean(body, 'stream') === true;
  return {
    model: readModel(body),
    streamed,
    wantsUsage: streamed && readWantsUsage(body),
    manyChoices: Array.isArray(body['prompt']) || (typeof body['n'] === 'number' && body['n'] > 1),
    endUser: readEndUser(body),
    references: readReferences(body),
  };
}

/** Whether the stream is to tell what was used. @throws GatewayError `request.invalid` */
export function readWantsUsage(body: JsonObject): boolean {
  const options = optionalObject(body, 'stream_options');
  return options !== undefined && optionalBoolean(options, 'include_usage', 'stream_options') === true;
}

/** `user`, its successor `safety_identifier`, or `metadata.user_id`: an opaque id that the caller sends along. */
export function readEndUser(body: JsonObject): string | undefined {
  const metadata = body['metadata'];
  const inMetadata = isJsonObject(metadata) ? metadata['user_id'] : undefined;
  return endUserOf(body['user'] ?? body['safety_identifier'] ?? inMetadata);
}

/** Uploaded files, and the sound of earlier answers. What is not in the expected shape is for the decoder to refuse. */
function readReferences(body: JsonObject): readonly HeldReference[] {
  const { messages } = body;
  if (!Array.isArray(messages)) return [];
  const references: HeldReference[] = [];
  for (const [index, message] of messages.entries()) {
    if (!isJsonObject(message)) continue;
    const { content, audio } = message;
    if (isJsonObject(audio) && typeof audio['id'] === 'string') {
      references.push({ id: audio['id'], field: `messages[${index}].audio.id` });
    }
    if (!Array.isArray(content)) continue;
    for (const [place, part] of content.entries()) {
      const file = isJsonObject(part) ? part['file'] : undefined;
      if (!isJsonObject(file) || typeof file['file_id'] !== 'string') continue;
      references.push({ id: file['file_id'], field: `messages[${index}].content[${place}].file.file_id` });
    }
  }
  return references;
}
