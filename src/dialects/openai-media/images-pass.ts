import type { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { MadeAs } from '../../protocol/media.ts';
import { type ReadUsage, UNSAID_USAGE } from '../../protocol/usage.ts';
import type { EventVerdict, ReadAnswer, StreamWatcher, Target } from '../contract.ts';
import { carriedFault } from './carried-fault.ts';
import { decodeImagesResponse } from './images-decode-response.ts';
import { familyOf } from './images-families.ts';
import { madeAs } from './images-made.ts';
import { readImagesUsage } from './images-usage.ts';

/** What the records need of pictures that pass through as they came. */

/** Whether a request may go on as it is: what the model or the provider refuses has to be taken out on the way. */
export function mayPassImages(body: JsonObject, { upstreamModel, quirks }: Target): boolean {
  const { refuses } = familyOf(upstreamModel);
  return Object.keys(body).every((field) => !refuses.has(field) && !quirks.refuses.includes(field));
}

/** @throws GatewayError `upstream.invalid_answer`, or the fault that the answer carries */
export function readImagesAnswer(body: Buffer, asked: JsonObject): ReadAnswer {
  const { usage, servedModel, size, quality } = decodeImagesResponse(body);
  return {
    usage,
    servedModel,
    finishReason: undefined,
    contentCharacters: 0,
    held: [],
    made: madeAs({ size, quality }, asked),
  };
}

const FORWARD: EventVerdict = { kind: 'forward' };
const TERMINATOR: EventVerdict = { kind: 'terminator' };
const GARBAGE: EventVerdict = { kind: 'garbage' };
const PARTIAL = '.partial_image"';
const COMPLETED = '.completed"';
const ERROR = '"error"';
const PICTURES_MAX = 10;

/**
 * Watches pictures come: those on the way, then the finished ones, of which the last tells the usage.
 * https://platform.openai.com/docs/api-reference/images-streaming
 */
export class ImagesStreamWatcher implements StreamWatcher {
  usage: ReadUsage = UNSAID_USAGE;
  readonly servedModel = undefined;
  readonly finishReason = undefined;
  readonly held = [];
  readonly contentBytes = 0;
  contentEvents = 0;
  made: MadeAs | undefined;
  readonly #asked: JsonObject;
  readonly #expected: number;
  #completed = 0;

  constructor(asked: JsonObject) {
    this.#asked = asked;
    const count = Number(asked['n'] ?? 1);
    this.#expected = Number.isInteger(count) ? Math.min(Math.max(count, 1), PICTURES_MAX) : 1;
  }

  get isFinished(): boolean {
    return this.#completed >= this.#expected;
  }

  /** Pictures are long: those on the way are told by a word that no base64 holds, and are not parsed. */
  isPlain(run: string): boolean {
    if (!run.includes(PARTIAL) || run.includes(COMPLETED) || run.includes(ERROR)) return false;
    this.contentEvents += 1;
    return true;
  }

  look(data: string): EventVerdict {
    if (data === '' || data === '[DONE]') return FORWARD;
    const event = parseJsonOrUndefined(data);
    if (!isJsonObject(event)) return GARBAGE;
    const fault = carriedFault(event) ?? bareFault(event);
    if (fault !== undefined) return { kind: 'fault', error: fault };
    const { type } = event;
    this.contentEvents += 1;
    if (typeof type !== 'string' || !type.endsWith('.completed')) return FORWARD;
    this.#completed += 1;
    this.usage = readImagesUsage(event['usage'], this.#completed);
    const { size, quality } = event;
    const told = {
      size: typeof size === 'string' ? size : undefined,
      quality: typeof quality === 'string' ? quality : undefined,
    };
    this.made = madeAs(told, this.#asked);
    return this.isFinished ? TERMINATOR : FORWARD;
  }
}

/** An event that is itself the error. */
function bareFault(event: JsonObject): GatewayError | undefined {
  if (event['type'] !== 'error') return undefined;
  return carriedFault({ error: event });
}
