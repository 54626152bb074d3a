import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { Operation } from '../../protocol/operation.ts';
import type { HeldReference, NamedInAddress, RequestHead } from '../contract.ts';
import { at, invalid, readModel } from '../fields.ts';
import { bareModel } from './name.ts';
import { bothOf, eitherOf, listOf } from './wire-keys.ts';

/** The API's own addresses of what it keeps: files that were uploaded, and objects of a project's storage. */
const KEPT_FILE = /^\s*(?:(?:https?:\/\/)?generativelanguage\.googleapis\.com[/:]|gs:\/\/|files\/)/i;
const STREAMED = 'streamGenerateContent';

/**
 * What a request says of itself before it is known who serves it. The model, and whether the answer is a stream, stand in
 * the address: https://ai.google.dev/api/generate-content
 * @throws GatewayError `request.invalid` with the field that is wrong
 */
export function readHead(
  body: JsonObject,
  operation: Operation,
  _accept: string | undefined,
  named?: NamedInAddress,
): RequestHead {
  const model = bareModel(readModel(named === undefined ? body : { model: named.model }));
  const asked = operation === 'count-tokens' ? (objectOf(body, 'generateContentRequest') ?? body) : body;
  if (operation !== 'embeddings') refuseOddContents(asked, operation, asked === body ? '' : 'generateContentRequest');
  const config = objectOf(body, 'generationConfig') ?? {};
  const count = eitherOf(config, 'candidateCount');
  return {
    model,
    method: named?.method,
    streamed: named?.method === STREAMED,
    wantsUsage: true,
    manyChoices: typeof count === 'number' && count > 1,
    endUser: undefined,
    references: readReferences(body),
  };
}

/** A list that is none is told before anybody is asked; that there is none, by whoever reads the conversation. */
function refuseOddContents({ contents }: JsonObject, operation: Operation, where: string): void {
  // The hub itself may count what is asked, and would count nothing.
  if ((contents === undefined && operation !== 'count-tokens') || Array.isArray(contents) || isJsonObject(contents))
    return;
  throw invalid(at(where, 'contents'), 'must be a list');
}

/**
 * What the API keeps under an id: caches, files, stores of files. Whoever knows the id reaches the thing through the hub's
 * credential, so each has to be the caller's own. A field may be written in two ways, and is looked for in both: which of
 * them counts is not known here.
 */
function readReferences(body: JsonObject): readonly HeldReference[] {
  const references: HeldReference[] = [];
  addAll(references, body, '');
  for (const inner of objectsOf(body, 'generateContentRequest')) addAll(references, inner, 'generateContentRequest');
  for (const [index, inner] of listOf(body['requests']).entries()) addAll(references, inner, at('requests', index));
  return references;
}

function addAll(references: HeldReference[], asked: JsonObject, where: string): void {
  for (const id of bothOf(asked, 'cachedContent')) add(references, id, at(where, 'cachedContent'));
  for (const field of ['systemInstruction', 'content']) {
    for (const content of objectsOf(asked, field)) addFiles(references, content, at(where, field));
  }
  for (const [index, content] of listOf(asked['contents']).entries()) {
    addFiles(references, content, at(at(where, 'contents'), index));
  }
  for (const [index, tool] of listOf(asked['tools']).entries()) {
    const field = at(at(at(where, 'tools'), index), 'fileSearch.fileSearchStoreNames');
    for (const search of objectsOf(tool, 'fileSearch')) {
      for (const name of bothOf(search, 'fileSearchStoreNames').flat()) add(references, name, field);
    }
  }
}

function addFiles(references: HeldReference[], content: JsonObject, where: string): void {
  for (const [index, part] of listOf(content['parts']).entries()) {
    const place = at(at(where, 'parts'), index);
    addFile(references, part, place);
    for (const result of objectsOf(part, 'functionResponse')) {
      for (const [inner, held] of listOf(result['parts']).entries()) {
        addFile(references, held, at(at(place, 'functionResponse.parts'), inner));
      }
    }
  }
}

function addFile(references: HeldReference[], part: JsonObject, where: string): void {
  for (const uri of objectsOf(part, 'fileData').flatMap((file) => bothOf(file, 'fileUri'))) {
    if (typeof uri === 'string' && KEPT_FILE.test(uri)) {
      references.push({ id: uri, field: at(where, 'fileData.fileUri') });
    }
  }
}

function add(references: HeldReference[], id: JsonValue | undefined, field: string): void {
  if (typeof id === 'string' && id !== '') references.push({ id, field });
}

function objectsOf(object: JsonObject, name: string): readonly JsonObject[] {
  return bothOf(object, name).filter(isJsonObject);
}

function objectOf(body: JsonObject, name: string): JsonObject | undefined {
  const value = eitherOf(body, name);
  return isJsonObject(value) ? value : undefined;
}
