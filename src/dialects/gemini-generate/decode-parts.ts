import type { JsonObject } from '../../kernel/json.ts';
import type { AudioPart, FilePart, ForeignPart, ImagePart, TextPart } from '../../protocol/chat-parts.ts';
import { invalid, optionalObject, optionalString, requiredString } from '../fields.ts';
import type { Unexpressed } from '../unexpressed.ts';
import { audioFormatOf } from './media.ts';
import { GEMINI } from './name.ts';

/** Parts of a request: https://ai.google.dev/api/caching#Part */

/** What says how a part is meant, and is read where it counts. */
const MARKS = ['thought', 'thoughtSignature'];

export function decodeText(text: string, part: JsonObject, unexpressed: Unexpressed): TextPart {
  noteRest(part, 'text', unexpressed);
  return { type: 'text', text };
}

/** A picture, a sound or a file, in the request or by its address; `undefined` for anything else. */
export function decodeMedia(
  part: JsonObject,
  where: string,
  unexpressed: Unexpressed,
): ImagePart | AudioPart | FilePart | undefined {
  const inline = optionalObject(part, 'inlineData', where);
  if (inline !== undefined) {
    noteRest(part, 'inlineData', unexpressed);
    const mediaType = requiredString(inline, 'mimeType', `${where}.inlineData`);
    const data = requiredString(inline, 'data', `${where}.inlineData`);
    const source = { from: 'base64', mediaType, data: standardBase64(data) } as const;
    if (mediaType.startsWith('image/')) return { type: 'image', source };
    if (mediaType.startsWith('audio/')) return { type: 'audio', source, format: audioFormatOf(mediaType) };
    const filename = optionalString(inline, 'displayName', `${where}.inlineData`);
    return { type: 'file', source, ...(filename === undefined ? {} : { filename }) };
  }
  const file = optionalObject(part, 'fileData', where);
  if (file === undefined) return undefined;
  noteRest(part, 'fileData', unexpressed);
  const source = { from: 'url', url: requiredString(file, 'fileUri', `${where}.fileData`) } as const;
  const mediaType = optionalString(file, 'mimeType', `${where}.fileData`);
  if (mediaType?.startsWith('image/') === true) return { type: 'image', source };
  return { type: 'file', source, ...(mediaType === undefined ? {} : { mediaType }) };
}

/** What only this format has: code that was run, calls of the API's own tools. @throws GatewayError `request.invalid` */
export function foreignPart(part: JsonObject, where: string): ForeignPart {
  const kind = Object.keys(part).find((key) => !MARKS.includes(key));
  if (kind === undefined) throw invalid(where, 'must say something');
  return { type: 'foreign', dialect: GEMINI, kind, value: part };
}

/** Notes what a part says beside its own content: how finely a film is looked at, and the like. */
export function noteRest(part: JsonObject, kind: string, unexpressed: Unexpressed): void {
  unexpressed.addRest(part, new Set([kind, ...MARKS]), `messages.${kind}`);
}

/** Both alphabets of base64 are taken here; other services take the common one alone. */
function standardBase64(data: string): string {
  return /[-_]/.test(data) ? data.replaceAll('-', '+').replaceAll('_', '/') : data;
}
