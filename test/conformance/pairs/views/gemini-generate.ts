import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../../../src/kernel/json.ts';
import { framesOf } from '../../frames.ts';
import { number, object, objects, string } from '../arrival.ts';
import { NO_VIEW, type Reader, sum, type View, type ViewedUsage } from '../view.ts';

/** https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse */
export const geminiGenerateReader: Reader = { whole: (body) => readPieces([body]), stream: readStream };

function readStream(text: string): View {
  return readPieces(
    framesOf(text, 'sse').flatMap(({ data }) => {
      const json = parseJsonOrUndefined(data);
      return isJsonObject(json) ? [json] : [];
    }),
  );
}

/** Each piece has the form of a whole answer; a client keeps what all of them say as the model’s turn. */
function readPieces(pieces: readonly JsonObject[]): View {
  const candidates = pieces.flatMap((piece) => objects(piece, 'candidates'));
  const own = candidates.filter((candidate) => (candidate['index'] ?? 0) === 0);
  const parts = own.flatMap((candidate) => objects(object(candidate, 'content'), 'parts'));
  const textOf = (isThought: boolean): string =>
    parts
      .filter((part) => (part['thought'] === true) === isThought)
      .map((part) => string(part, 'text') ?? '')
      .join('');
  const blocked = pieces.map((piece) => string(object(piece, 'promptFeedback'), 'blockReason'));
  const failed = pieces.find((piece) => piece['error'] !== undefined);
  return {
    ...NO_VIEW,
    text: textOf(false),
    thoughts: textOf(true),
    calls: parts
      .map((part) => object(part, 'functionCall'))
      .filter((call) => call['name'] !== undefined)
      .map((call) => ({
        id: string(call, 'id') ?? '',
        name: string(call, 'name') ?? '',
        arguments: call['args'] ?? {},
      })),
    sources: own.flatMap((candidate) =>
      objects(object(candidate, 'groundingMetadata'), 'groundingChunks').map(
        (chunk) => string(object(chunk, 'web'), 'uri') ?? '',
      ),
    ),
    hasLogprobs: own.some((candidate) => objects(object(candidate, 'logprobsResult'), 'chosenCandidates').length > 0),
    choices: new Set(candidates.map((candidate) => candidate['index'] ?? 0)).size,
    finish:
      own.map((candidate) => string(candidate, 'finishReason')).findLast((reason) => reason !== undefined) ??
      blocked.find((reason) => reason !== undefined),
    usage: usageOf(object(pieces.findLast((piece) => isJsonObject(piece['usageMetadata'])) ?? {}, 'usageMetadata')),
    error: failed === undefined ? undefined : JSON.stringify(failed['error']),
    turn: [{ role: 'model', parts: [...parts] }],
  };
}

/** What was thought stands beside what was answered. */
function usageOf(usage: JsonObject): ViewedUsage {
  const reasoning = number(usage, 'thoughtsTokenCount');
  return {
    input: number(usage, 'promptTokenCount'),
    read: number(usage, 'cachedContentTokenCount'),
    written: undefined,
    written1h: undefined,
    output: sum(number(usage, 'candidatesTokenCount'), reasoning),
    reasoning,
  };
}
