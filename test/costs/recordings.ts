import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../src/kernel/json.ts';
import { openFramer } from '../../src/upstream/framing/open-framer.ts';
import { framesOf } from '../conformance/frames.ts';

/** One recorded answer of a provider, in the form in which rows are written. */
export type Recording = {
  readonly name: string;
  readonly dialect: string;
  readonly streamed: boolean;
  /** The body, or the text of a stream's frames as test/conformance/README.md writes them. */
  readonly text: string;
  /** The counts as the provider wrote them last, pieces put together. */
  readonly usage: JsonObject;
};

const FILE_BYTES_MAX = 8 * 1024 * 1024;
const EVENTS_MIN = 2;

/**
 * The recorded answers below a folder that say what was used: files that hold an answer (`.json`) or the events of a
 * stream (`.chunks.txt`, one a line), and cassettes of calls with their answers (`.yaml`).
 */
export function recordingsIn(folder: string): readonly Recording[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return paths.toSorted().flatMap((path) => {
    const text = readFileSync(path, 'utf8');
    if (text.length > FILE_BYTES_MAX) return [];
    return answersIn(path, text).flatMap((answer, index) => {
      const recording = recordingOf(answer);
      return recording === undefined ? [] : [{ name: `${relative(folder, path)} ${index + 1}`, ...recording }];
    });
  });
}

/** An answer: one object, or the events of a stream. */
type Answer = JsonObject | readonly JsonObject[];

function answersIn(path: string, text: string): readonly Answer[] {
  if (path.endsWith('.json')) return objectsOf([parseJsonOrUndefined(text)]);
  if (path.endsWith('.chunks.txt')) return streamsIn(objectsOf(text.split('\n').map(parseJsonOrUndefined)));
  if (path.endsWith('.yaml')) return parseAllDocuments(text).flatMap((document) => answersOfCassette(document.toJS()));
  return [];
}

/** The streams of a conversation's turns, one after the other: each begins where the one before it ended. */
function streamsIn(events: readonly JsonObject[]): readonly Answer[] {
  const ends = events.flatMap(({ type }, index) =>
    type === 'message_stop' || type === 'response.completed' ? [index + 1] : [],
  );
  if (ends.length === 0) return [events];
  return ends.map((end, turn) => events.slice(turn === 0 ? 0 : ends[turn - 1], end));
}

function answersOfCassette(cassette: unknown): readonly Answer[] {
  const interactions = isJsonObject(cassette) ? cassette['interactions'] : undefined;
  if (!Array.isArray(interactions)) return [];
  return interactions.flatMap((interaction): readonly Answer[] => {
    const response = isJsonObject(interaction) ? interaction['response'] : undefined;
    if (!isJsonObject(response)) return [];
    if (isJsonObject(response['parsed_body'])) return [response['parsed_body']];
    const body: unknown = isJsonObject(response['body']) ? response['body']['string'] : response['body'];
    if (body instanceof Uint8Array) return isEventStream(response) ? [awsEvents(Buffer.from(body))] : [];
    if (typeof body !== 'string') return [];
    const whole = parseJsonOrUndefined(body);
    if (isJsonObject(whole)) return [whole];
    return [objectsOf(framesOf(`${body}\n\n`, 'sse').map(({ data }) => parseJsonOrUndefined(data)))];
  });
}

function isEventStream({ headers }: JsonObject): boolean {
  return JSON.stringify(headers ?? '').includes('vnd.amazon.eventstream');
}

/** The messages of a binary stream, each under its name. */
function awsEvents(body: Buffer): readonly JsonObject[] {
  const framer = openFramer('aws-event-stream');
  return [...framer.push(body), ...framer.end().frames].flatMap(({ event, data }) => {
    const value = parseJsonOrUndefined(data);
    return event !== undefined && isJsonObject(value) ? [{ [event]: value }] : [];
  });
}

function recordingOf(answer: Answer): Omit<Recording, 'name'> | undefined {
  if (!isStream(answer)) {
    const dialect = dialectOf(answer);
    const usage = dialect === undefined ? undefined : countsIn(dialect, answer);
    if (dialect === undefined || usage === undefined) return undefined;
    return { dialect, streamed: false, text: JSON.stringify(answer), usage };
  }
  const dialect = answer.map((event) => dialectOfEvent(event)).find((name) => name !== undefined);
  if (dialect === undefined || answer.length < EVENTS_MIN) return undefined;
  const usage = answer.reduce<JsonObject | undefined>((before, event) => {
    const told = countsIn(dialect, event);
    // Anthropic's and Ollama's later counts stand beside the earlier ones; the others repeat all.
    return told === undefined ? before : dialect === 'anthropic-messages' ? { ...before, ...said(told) } : told;
  }, undefined);
  return usage && { dialect, streamed: true, text: textOf(dialect, answer), usage };
}

function isStream(answer: Answer): answer is readonly JsonObject[] {
  return Array.isArray(answer);
}

function said(counts: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== null));
}

/** Told by the fields that only this format's answers have. */
function dialectOf(answer: JsonObject): string | undefined {
  if (answer['object'] === 'response' && answer['status'] !== 'failed') return 'openai-responses';
  if (answer['type'] === 'message' && Array.isArray(answer['content'])) return 'anthropic-messages';
  if (Array.isArray(answer['candidates']) && isJsonObject(answer['usageMetadata'])) return 'gemini-generate';
  if (isJsonObject(answer['output']) && isJsonObject(answer['usage']) && 'stopReason' in answer) {
    return 'bedrock-converse';
  }
  if (answer['object'] === 'chat.completion' && Array.isArray(answer['choices'])) return 'openai-chat';
  return answer['done'] === true && isJsonObject(answer['message']) ? 'ollama-chat' : undefined;
}

function dialectOfEvent(event: JsonObject): string | undefined {
  const { type } = event;
  if (type === 'message_start') return 'anthropic-messages';
  if (type === 'response.created') return 'openai-responses';
  if (Array.isArray(event['candidates'])) return 'gemini-generate';
  if (event['object'] === 'chat.completion.chunk') return 'openai-chat';
  return isJsonObject(event['contentBlockDelta']) || isJsonObject(event['messageStart'])
    ? 'bedrock-converse'
    : undefined;
}

/** The counts of an answer, or of an event of one. */
function countsIn(dialect: string, holder: JsonObject): JsonObject | undefined {
  const inner = [holder, holder['message'], holder['response'], holder['metadata']].filter((value) =>
    isJsonObject(value),
  );
  const field = dialect === 'gemini-generate' ? 'usageMetadata' : 'usage';
  if (dialect === 'ollama-chat') return holder['done'] === true ? holder : undefined;
  return inner.map((value) => value[field] ?? groqUsage(value)).find((value) => isJsonObject(value));
}

function groqUsage(chunk: JsonObject): JsonValue | undefined {
  return isJsonObject(chunk['x_groq']) ? chunk['x_groq']['usage'] : undefined;
}

/** Frames in the form of fixtures. */
function textOf(dialect: string, events: readonly JsonObject[]): string {
  switch (dialect) {
    case 'bedrock-converse':
      return events
        .flatMap((event) => Object.entries(event).map(([name, data]) => `${JSON.stringify({ event: name, data })}\n`))
        .join('');
    case 'openai-chat':
      return `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`;
    default:
      return events.map((event) => `event: ${eventName(event)}\ndata: ${JSON.stringify(event)}\n\n`).join('');
  }
}

function eventName({ type }: JsonObject): string {
  return typeof type === 'string' ? type : 'message';
}

function objectsOf(values: readonly (JsonValue | undefined)[]): readonly JsonObject[] {
  return values.filter((value) => isJsonObject(value));
}
