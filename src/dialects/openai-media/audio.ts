import { isJsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import { NO_USAGE, type ReadUsage, UNSAID_USAGE } from '../../protocol/usage.ts';
import type { EventVerdict, ReadAnswer, ReadRequest, StreamWatcher } from '../contract.ts';
import { readAudioUsage, readSeconds } from './audio-usage.ts';
import { carriedFault } from './carried-fault.ts';

/** Sound in and out: https://platform.openai.com/docs/api-reference/audio */

/** What a caller asks of a transcription's answer decides how it is to be read. */
const CAPTION_FORMATS: ReadonlySet<string> = new Set(['srt', 'vtt']);
/** `00:01:02,345` or `01:02.345`: https://www.w3.org/TR/webvtt1/#webvtt-timestamp */
const TIMESTAMP = /(?:(\d{2,}):)?(\d{2}):(\d{2})[.,](\d{3})/g;

/** @throws GatewayError the fault that a whole answer in JSON carries in the place of sound */
export function assertNoFault(body: Buffer): void {
  const answer = parseJsonOrUndefined(body.toString());
  const fault = isJsonObject(answer) ? carriedFault(answer) : undefined;
  if (fault !== undefined) throw fault;
}

/**
 * What was used of an answer that came whole: JSON with usage, JSON with a duration, captions, or plain text.
 * @throws GatewayError the fault that it carries in the place of a text
 */
export function readTranscription(body: Buffer, request: Pick<ReadRequest, 'body'>): ReadAnswer {
  const format = request.body['response_format'];
  const text = body.toString();
  const isCaptions = typeof format === 'string' && CAPTION_FORMATS.has(format);
  const answer = isCaptions ? undefined : parseJsonOrUndefined(text);
  if (isJsonObject(answer)) {
    const fault = carriedFault(answer);
    if (fault !== undefined) throw fault;
    return { ...NOTHING_SAID, usage: usageOf(answer) };
  }
  // Of a plain text nobody knows how long it was spoken; a time that stands in it is somebody's words.
  const seconds = isCaptions ? lastTimestamp(text) : undefined;
  return {
    ...NOTHING_SAID,
    usage:
      seconds === undefined ? UNSAID_USAGE : { usage: { ...NO_USAGE, seconds }, anomalies: [], basis: 'estimated' },
    contentCharacters: text.length,
  };
}

const NOTHING_SAID: ReadAnswer = {
  usage: UNSAID_USAGE,
  servedModel: undefined,
  finishReason: undefined,
  contentCharacters: 0,
  held: [],
};

function usageOf(answer: Record<string, JsonValue | undefined>): ReadUsage {
  const read = readAudioUsage(answer['usage'], 'input');
  if (read !== UNSAID_USAGE) return read;
  const anomalies: string[] = [];
  const seconds = readSeconds(answer['duration'], anomalies);
  return seconds === undefined ? UNSAID_USAGE : { usage: { ...NO_USAGE, seconds }, anomalies };
}

/** Captions end with the sound, or soon before. */
function lastTimestamp(text: string): number | undefined {
  let seconds: number | undefined;
  for (const [, hours = '0', minutes = '0', whole = '0', milliseconds = '0'] of text.matchAll(TIMESTAMP)) {
    seconds = Number(hours) * 3600 + Number(minutes) * 60 + Number(whole) + Number(milliseconds) / 1000;
  }
  return seconds;
}

const FORWARD: EventVerdict = { kind: 'forward' };
const TERMINATOR: EventVerdict = { kind: 'terminator' };
const GARBAGE: EventVerdict = { kind: 'garbage' };
const LAST_EVENTS: ReadonlySet<JsonValue | undefined> = new Set(['speech.audio.done', 'transcript.text.done']);

/** Watches the events of a transcription or of speech pass by. `known` is what was used as far as the request tells. */
export class AudioStreamWatcher implements StreamWatcher {
  usage: ReadUsage;
  readonly servedModel = undefined;
  readonly finishReason = undefined;
  readonly held = [];
  contentEvents = 0;
  contentBytes = 0;
  isFinished = false;

  constructor(known: ReadUsage = UNSAID_USAGE) {
    this.usage = known;
  }

  isPlain(): boolean {
    return false;
  }

  look(data: string): EventVerdict {
    if (data === '') return FORWARD;
    // Some who copy the form end with the word that ends a chat.
    if (data === '[DONE]') {
      this.isFinished = true;
      return TERMINATOR;
    }
    const event = parseJsonOrUndefined(data);
    if (!isJsonObject(event)) return GARBAGE;
    const fault = carriedFault(event);
    if (fault !== undefined) return { kind: 'fault', error: fault };
    const { type } = event;
    if (!LAST_EVENTS.has(type)) {
      this.contentEvents += 1;
      if (typeof event['delta'] === 'string') this.contentBytes += event['delta'].length;
      return FORWARD;
    }
    this.isFinished = true;
    const told = readAudioUsage(event['usage'], type === 'speech.audio.done' ? 'output' : 'input');
    if (told !== UNSAID_USAGE) this.usage = told;
    return TERMINATOR;
  }
}
