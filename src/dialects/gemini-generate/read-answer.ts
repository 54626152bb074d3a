import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { Operation } from '../../protocol/operation.ts';
import { NO_USAGE, type ReadUsage } from '../../protocol/usage.ts';
import type { EventVerdict, ReadAnswer, StreamWatcher } from '../contract.ts';
import { carriedGoogleFault } from '../google-fault.ts';
import { readGoogleUsage } from '../google-usage.ts';
import { saidReason } from './finish.ts';
import { bareModel } from './name.ts';
import { parsePiece } from './parse-piece.ts';
import { billedSearches, searchesIn } from './searches.ts';

/** To count tokens costs nothing: https://ai.google.dev/gemini-api/docs/tokens */
const NOTHING_USED: ReadUsage = { usage: { ...NO_USAGE, inputTokens: 0, outputTokens: 0 }, anomalies: [] };
const FORWARD: EventVerdict = { kind: 'forward' };
const MAYBE_LAST: EventVerdict = { kind: 'maybe-last' };
const GARBAGE: EventVerdict = { kind: 'garbage' };

/**
 * What the records need of a whole answer.
 * @throws GatewayError `upstream.invalid_answer`, or the fault that it carries
 */
export function readResponse(body: Buffer, operation: Operation): ReadAnswer {
  const answer = parsePiece(body.toString());
  const fault = carriedGoogleFault(answer);
  if (fault !== undefined) throw fault;
  if (!isJsonObject(answer)) throw new GatewayError('upstream.invalid_answer');
  const noted = new NotedAnswer();
  noted.note(answer);
  const isCount = operation === 'count-tokens';
  return {
    usage: isCount ? NOTHING_USED : noted.usage,
    servedModel: noted.servedModel,
    finishReason: noted.finishReason,
    contentCharacters: noted.contentCharacters,
    held: [],
  };
}

/** Watches a stream pass by. Each piece has the form of a whole answer, and its own idea of what was used so far. */
export class GenerateWatcher implements StreamWatcher {
  readonly #noted = new NotedAnswer();
  readonly held: readonly string[] = [];
  contentEvents = 0;

  get contentBytes(): number {
    return this.#noted.contentCharacters;
  }

  get isFinished(): boolean {
    return this.#noted.isFinished;
  }

  get usage(): ReadUsage {
    return this.#noted.usage;
  }

  get servedModel(): string | undefined {
    return this.#noted.servedModel;
  }

  get finishReason(): string | undefined {
    return this.#noted.finishReason;
  }

  /** Every piece may tell usage, or why the answer ended. */
  isPlain(): boolean {
    return false;
  }

  look(data: string): EventVerdict {
    if (data === '') return FORWARD;
    const piece = parsePiece(data);
    const error = carriedGoogleFault(piece);
    if (error !== undefined) return { kind: 'fault', error };
    if (!isJsonObject(piece)) return GARBAGE;
    const before = this.contentBytes;
    this.#noted.note(piece);
    if (this.contentBytes > before) this.contentEvents += 1;
    return this.isFinished ? MAYBE_LAST : FORWARD;
  }
}

/** What is known of an answer by now. */
class NotedAnswer {
  servedModel: string | undefined;
  finishReason: string | undefined;
  contentCharacters = 0;
  #usage: JsonValue | undefined;
  readonly #searches: JsonValue[][] = [];
  /** By candidate, whether it said why it ended. */
  readonly #ended = new Map<JsonValue, boolean>();
  #isBlocked = false;

  get usage(): ReadUsage {
    const { usage, anomalies } = readGoogleUsage(this.#usage);
    if (this.#usage === undefined) return { usage, anomalies };
    return { usage: { ...usage, toolCalls: billedSearches(this.#searches.flat(), this.servedModel) }, anomalies };
  }

  get isFinished(): boolean {
    return this.#isBlocked || (this.#ended.size > 0 && [...this.#ended.values()].every((hasEnded) => hasEnded));
  }

  note(piece: JsonObject): void {
    const { usageMetadata, modelVersion, promptFeedback, candidates } = piece;
    if (isJsonObject(usageMetadata)) this.#usage = usageMetadata;
    if (typeof modelVersion === 'string' && modelVersion !== '') this.servedModel = bareModel(modelVersion);
    const blocked = isJsonObject(promptFeedback) ? saidReason(promptFeedback['blockReason']) : undefined;
    if (blocked !== undefined) {
      this.finishReason = blocked;
      this.#isBlocked = true;
    }
    if (!Array.isArray(candidates)) return;
    for (const candidate of candidates) if (isJsonObject(candidate)) this.#noteCandidate(candidate);
  }

  #noteCandidate(candidate: JsonObject): void {
    const { index = 0, content } = candidate;
    const reason = saidReason(candidate['finishReason']);
    if (reason !== undefined) this.finishReason = reason;
    this.#ended.set(index, reason !== undefined || this.#ended.get(index) === true);
    const grounding = candidate['groundingMetadata'];
    const searches = searchesIn(isJsonObject(grounding) ? grounding : undefined);
    // The last word of a stream counts, for each candidate.
    if (searches.length > 0) this.#searches[typeof index === 'number' ? index : 0] = [...searches];
    const parts = isJsonObject(content) ? content['parts'] : undefined;
    if (!Array.isArray(parts)) return;
    for (const part of parts) if (isJsonObject(part)) this.contentCharacters += contentLength(part);
  }
}

/** Characters of what a part says; media are no measure of tokens. */
function contentLength({ text, functionCall, executableCode, codeExecutionResult }: JsonObject): number {
  if (typeof text === 'string') return text.length;
  const other = functionCall ?? executableCode ?? codeExecutionResult;
  return other === undefined ? 0 : JSON.stringify(other).length;
}
