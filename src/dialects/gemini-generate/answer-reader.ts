import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { ChatEvent } from '../../protocol/chat-events.ts';
import { carriedGoogleFault } from '../google-fault.ts';
import { readGoogleUsage } from '../google-usage.ts';
import { callIdOf } from './call-id.ts';
import { ChoiceReader, type Numbering } from './choice-reader.ts';
import { blockedBy, saidReason } from './finish.ts';
import { bareModel } from './name.ts';
import { billedSearches } from './searches.ts';

/** Candidates that one answer may have; the API gives eight at most. */
const CHOICES_MAX = 128;

/**
 * Reads an answer as it comes: whole, or in the pieces of a stream, which have the same form. What a piece says is told
 * at once; how the answer ended is told at its end, since late pieces still bring sources and counts.
 */
export class AnswerReader {
  #started = false;
  #isOver = false;
  #answerId: string | undefined;
  #blockReason: string | undefined;
  #usage: JsonValue | undefined;
  #toldUsage: JsonValue | undefined;
  #toldSearches: number | undefined;
  #servedModel: string | undefined;
  readonly #choices = new Map<number, ChoiceReader>();
  #calls = 0;
  #blocks = 0;
  readonly #numbering: Numbering = {
    nextBlock: () => {
      this.#blocks += 1;
      return this.#blocks - 1;
    },
    nextCallId: () => {
      this.#calls += 1;
      return callIdOf(this.#answerId, this.#calls - 1);
    },
  };

  /** Whether anything that an answer consists of has come: a candidate, or the reason why there is none. */
  get hasAnswer(): boolean {
    return this.#choices.size > 0 || this.#blockReason !== undefined;
  }

  /** Whether anything of an answer's form has come at all. */
  get isKnown(): boolean {
    return this.hasAnswer || this.#usage !== undefined || this.#answerId !== undefined;
  }

  read(piece: JsonValue | undefined): ChatEvent[] {
    const events: ChatEvent[] = [];
    if (this.#isOver) return events;
    const fault = piece === undefined || !isJsonObject(piece) ? carriedOrInvalid(piece) : carriedGoogleFault(piece);
    if (fault !== undefined) {
      this.#isOver = true;
      this.#pushUsage(events);
      events.push({ type: 'fault', error: fault });
      return events;
    }
    // What is no object was a fault.
    if (isJsonObject(piece)) this.#readAnswer(piece, events);
    return events;
  }

  /** The end. `isWhole` is for answers that came in one piece, and are complete whatever they say of their end. */
  end(isWhole: boolean): ChatEvent[] {
    const events: ChatEvent[] = [];
    if (this.#isOver) return events;
    this.#isOver = true;
    const isComplete = this.hasAnswer && [...this.#choices.values()].every((choice) => choice.isFinished);
    if (!isWhole && !isComplete) {
      this.#pushUsage(events);
      events.push({ type: 'fault', error: new GatewayError('upstream.cut') });
      return events;
    }
    for (const choice of this.#choices.values()) choice.end(events);
    if (this.#choices.size === 0) {
      const reason = this.#blockReason === undefined ? undefined : blockedBy(this.#blockReason);
      events.push({ type: 'choice-end', choice: 0, reason: reason ?? { kind: 'other', raw: undefined } });
    }
    this.#pushUsage(events);
    events.push({ type: 'finish' });
    return events;
  }

  #readAnswer(answer: JsonObject, events: ChatEvent[]): void {
    const usage = answer['usageMetadata'];
    if (isJsonObject(usage)) this.#usage = usage;
    if (!this.#started) this.#start(answer, events);
    const feedback = answer['promptFeedback'];
    if (isJsonObject(feedback)) this.#blockReason = saidReason(feedback['blockReason']) ?? this.#blockReason;
    const candidates = answer['candidates'];
    if (Array.isArray(candidates)) {
      for (const candidate of candidates) {
        if (isJsonObject(candidate)) this.#choiceOf(candidate)?.read(candidate, events);
      }
    }
    // The prompt's tokens are known from the first piece on, should the rest never come.
    if (this.#toldUsage === undefined) this.#pushUsage(events);
  }

  #start(answer: JsonObject, events: ChatEvent[]): void {
    this.#started = true;
    const { responseId, modelVersion } = answer;
    this.#answerId = typeof responseId === 'string' && responseId !== '' ? responseId : undefined;
    const servedModel = typeof modelVersion === 'string' ? bareModel(modelVersion) : undefined;
    this.#servedModel = servedModel;
    const tier = isJsonObject(this.#usage) ? this.#usage['serviceTier'] : undefined;
    const serviceTier = typeof tier === 'string' ? tier : undefined;
    events.push({ type: 'start', id: this.#answerId, servedModel, serviceTier });
  }

  #choiceOf({ index = 0 }: JsonObject): ChoiceReader | undefined {
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= CHOICES_MAX) return undefined;
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const choice = new ChoiceReader(index, this.#numbering);
    this.#choices.set(index, choice);
    return choice;
  }

  #pushUsage(events: ChatEvent[]): void {
    if (this.#usage === undefined) return;
    const queries = [...this.#choices.values()].flatMap((choice) => choice.searches);
    const toolCalls = billedSearches(queries, this.#servedModel);
    if (this.#usage === this.#toldUsage && toolCalls === this.#toldSearches) return;
    this.#toldUsage = this.#usage;
    this.#toldSearches = toolCalls;
    const { usage, anomalies } = readGoogleUsage(this.#usage);
    events.push({ type: 'usage', read: { usage: { ...usage, toolCalls }, anomalies } });
  }
}

function carriedOrInvalid(piece: JsonValue | undefined): GatewayError {
  return carriedGoogleFault(piece) ?? new GatewayError('upstream.invalid_answer');
}
