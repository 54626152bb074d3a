import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { GivenFile } from '../../protocol/media.ts';
import { at, invalid, optionalString, parseDataUrl, requiredString } from '../fields.ts';
import { fileOfBase64, givenFileOf } from '../given-file.ts';

/** Pictures of one request; one of more is refused. */
const FILES_MAX = 16;

/**
 * Files as the AIGNE framework writes them, `{ type: 'file', data }` and `{ type: 'url', url }`, or as plain texts: an
 * address, a data URL, or base64. One stands for a list of one.
 * @throws GatewayError `request.invalid` with the file's path
 */
export function readFiles(object: JsonObject, key: string, where: string): readonly GivenFile[] {
  const value = object[key];
  const path = at(where, key);
  if (value === undefined || value === null || value === '') return [];
  if (!Array.isArray(value)) return [readFile(value, path)];
  if (value.length > FILES_MAX) throw invalid(path, `may hold at most ${FILES_MAX} files`);
  return value.map((item, index) => readFile(item, at(path, index)));
}

/** @throws GatewayError `request.invalid` */
export function readFile(value: JsonValue, where: string): GivenFile {
  if (typeof value === 'string') return fileOfText(value, where);
  if (!isJsonObject(value)) throw invalid(where, 'must be a file');
  const { type } = value;
  if (type === 'url') return givenFileOf(requiredString(value, 'url', where), at(where, 'url'));
  if (type === 'local') throw invalid(at(where, 'type'), 'must not be `local`: the hub cannot read the caller’s files');
  if (type !== 'file') throw invalid(at(where, 'type'), 'must be `file` or `url`');
  const data = requiredString(value, 'data', where);
  const mediaType = optionalString(value, 'mimeType', where);
  const embedded = parseDataUrl(data);
  const file = fileOfBase64(embedded?.data ?? data, mediaType ?? embedded?.mediaType, at(where, 'data'));
  const filename = optionalString(value, 'filename', where);
  return 'url' in file ? file : { ...file, filename };
}

function fileOfText(text: string, where: string): GivenFile {
  const isAddress = text.startsWith('data:') || /^https?:\/\//i.test(text);
  return isAddress ? givenFileOf(text, where) : fileOfBase64(text, undefined, where);
}
