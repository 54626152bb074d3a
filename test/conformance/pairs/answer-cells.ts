import { collectEvents } from '../../../src/dialects/collect.ts';
import type { PassThroughFace, ReadRequest } from '../../../src/dialects/contract.ts';
import { GatewayError } from '../../../src/kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../../src/kernel/json.ts';
import type { ChatEvent } from '../../../src/protocol/chat-events.ts';
import { type ChatRequest, PLAIN_CHAT } from '../../../src/protocol/chat-request.ts';
import { openFramer } from '../../../src/upstream/framing/open-framer.ts';
import { answerTo, type FakeAnswer } from '../../support/fake-upstream/answers.ts';
import type { AnswerInput } from '../../support/fake-upstream/speech.ts';
import { encodeEvents } from '../checks/stream-checks.ts';
import {
  answeringOf,
  dialectNamed,
  inboundFace,
  NOW_MS,
  NOW_SECONDS,
  outboundFace,
  REQUEST_ID,
} from '../surroundings.ts';
import { ANSWER_FEATURES, type AnswerFeature, type AnswerFeatureId, promptFor } from './answer-features.ts';
import { partsOf } from './arrival.ts';
import { ARRIVALS } from './arrivals/index.ts';
import { CALLERS } from './callers/index.ts';
import { type Cell, judge } from './cell.ts';
import { NEXT_TURNS } from './next-turn.ts';
import { providerNamed, readRequest, refusalOf, send } from './request-cells.ts';
import { TOOL } from './scenario.ts';
import { NO_VIEW, type Reader, type View } from './view.ts';
import { READERS } from './views/index.ts';

/** What the stand-in seals begins so; it is sought in what goes back. */
const SEALED = /ZmFrZS11cHN0cmVhbSBzZWFs[A-Za-z0-9+/]*=*/g;
/** Providers whose signature is of the words before it. */
const SEALS_TEXT: ReadonlySet<string> = new Set(['anthropic-messages', 'bedrock-converse']);
const SERIAL = 1;
const EVENTS_BEFORE_TROUBLE = 3;
const ERROR_STATUSES = [400, 404, 429, 500, 503] as const;

type Seen = { readonly view: View; readonly lost: readonly string[] };

/** Sends one feature of an answer from a provider of one dialect to a caller of another, whole and streamed. */
export function answerCell(caller: string, provider: string, id: AnswerFeatureId): Cell {
  const feature: AnswerFeature = ANSWER_FEATURES[id];
  const why = feature.providersWithout?.[provider] ?? feature.callersWithout?.[caller];
  if (why !== undefined) return { kind: 'impossible', why };
  const pair = new Pair(caller, provider, feature);
  switch (feature.seek) {
    case 'view':
      return joined(
        [pair.whole(), pair.stream()].map(({ view, lost }) => {
          const missing = feature.missing?.(view, pair.answer, caller);
          return judge(missing, missing === undefined && feature.mayLoseOther === true ? [] : lost);
        }),
      );
    case 'next-turn':
      return joined([pair.whole(), pair.stream()].map((seen) => pair.nextTurn(seen)));
    case 'error':
      return joined(ERROR_STATUSES.map((status) => pair.error(status)));
    case 'stream-error':
      return pair.brokenStream('error');
    case 'stream-cut':
      return pair.brokenStream('cut');
  }
}

/** The worst of several: what is lost in silence, then what is told as lost. */
function joined(cells: readonly Cell[]): Cell {
  const silent = cells.find(({ kind }) => kind === 'silent' || kind === 'refused');
  if (silent !== undefined) return silent;
  return judge(
    undefined,
    cells.flatMap((cell) => (cell.kind === 'loss' ? cell.fields : [])),
  );
}

/** A caller and a provider with one answer between them. */
class Pair {
  readonly answer: FakeAnswer;
  readonly #caller: string;
  readonly #provider: string;
  readonly #input: AnswerInput;
  readonly #request: ChatRequest;

  constructor(caller: string, provider: string, feature: AnswerFeature) {
    const { model } = providerNamed(provider);
    const behaviour = feature.behaviour ?? {};
    this.#caller = caller;
    this.#provider = provider;
    this.answer = answerTo(promptFor(feature), { serial: SERIAL, behaviour });
    this.#input = {
      question: { operation: 'chat', model, streamed: true },
      model,
      createdSeconds: NOW_SECONDS,
      answer: this.answer,
      behaviour,
      body: { stream_options: { include_usage: true } },
    };
    this.#request = {
      ...PLAIN_CHAT,
      dialect: caller,
      streamed: true,
      wantsUsage: true,
      tools: [{ kind: 'function', ...TOOL, strict: undefined }],
      ...feature.asks,
    };
  }

  whole(): Seen {
    const body = Buffer.from(providerNamed(this.#provider).speech.whole(this.#input));
    if (this.#caller === this.#provider) {
      this.#passThrough.readResponse(body, 'chat');
      return { view: this.#reader.whole(jsonObject(body.toString())), lost: [] };
    }
    const { response, losses } = collectEvents(outboundFace(this.#provider).decodeResponse(body));
    const encoded = inboundFace(this.#caller).encodeResponse(
      response,
      response.usage.usage,
      answeringOf(this.#request),
    );
    return {
      view: this.#reader.whole(jsonObject(JSON.stringify(encoded.body))),
      lost: [...losses, ...encoded.losses].map(({ field }) => field),
    };
  }

  stream(): Seen {
    const { events, terminator } = providerNamed(this.#provider).speech.stream(this.#input);
    return this.#streamOf([...events, ...terminator]);
  }

  /** The provider’s stream as the caller sees it; a failure at its end is told as the hub tells it. */
  #streamOf(pieces: readonly (string | Buffer)[]): Seen {
    const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
    const { framing, openDecoder } = outboundFace(this.#provider);
    const framer = openFramer(framing);
    const frames = [...framer.push(bytes), ...framer.end().frames];
    if (this.#caller === this.#provider) {
      const watcher = this.#passThrough.openWatcher(this.#asked);
      const verdicts = frames.map(({ data }) => watcher.look(data));
      const fault = verdicts.find((verdict) => verdict.kind === 'fault');
      const error = fault?.error ?? (watcher.isFinished ? undefined : new GatewayError('upstream.cut'));
      const end = error === undefined ? '' : inboundFace(this.#caller).encodeStreamError(error, REQUEST_ID);
      return { view: this.#reader.stream(bytes.toString() + end), lost: [] };
    }
    const decoder = openDecoder();
    const events = [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()];
    const encoded = encodeEvents(this.#caller, events, this.#request);
    return {
      view: this.#reader.stream(encoded.text),
      lost: [...lossesIn(events), ...encoded.losses.map(({ field }) => field)],
    };
  }

  /** Whether what only the provider can read comes back to it with the results. */
  nextTurn({ view, lost }: Seen): Cell {
    const makeTurn = NEXT_TURNS[this.#caller];
    if (makeTurn === undefined) throw new Error(`how does a caller of ${this.#caller} go on?`);
    const seals = new Set(providerNamed(this.#provider).speech.whole(this.#input).match(SEALED) ?? []);
    const outcome = send(this.#caller, this.#provider, makeTurn(view));
    if (outcome instanceof GatewayError) return { kind: 'refused', why: `${outcome.code}: ${outcome.message}` };
    const body = outcome.call.body.toString();
    if ([...seals].some((seal) => !body.includes(seal))) return judge('what the provider sealed', lost);
    const refusal = refusalOf(this.#provider, outcome);
    if (refusal !== undefined) return { kind: 'refused', why: refusal };
    const arrived = ARRIVALS[this.#provider]?.(jsonObject(body));
    const thinking = (arrived === undefined ? [] : partsOf(arrived)).flatMap((part) =>
      part.kind === 'thinking' ? [part.text] : [],
    );
    // What is sealed is held against what was said: it comes back to the letter.
    const isSame = !SEALS_TEXT.has(this.#provider) || thinking.join('') === this.#shown;
    return judge(isSame ? undefined : `the words that were sealed (${thinking.join('')} came)`, lost);
  }

  error(status: number): Cell {
    const { speech } = providerNamed(this.#provider);
    const refusal = speech.usualError(status);
    const { headers, text } = speech.error(refusal);
    const fault = outboundFace(this.#provider).decodeFault(
      { status: refusal.status, headers, body: Buffer.from(text) },
      NOW_MS,
    );
    const told = JSON.stringify(inboundFace(this.#caller).encodeError(fault, REQUEST_ID));
    return judge(told.includes(refusal.message) ? undefined : `the words of a ${status} (${told} came)`, []);
  }

  brokenStream(how: 'error' | 'cut'): Cell {
    const { events, error } = providerNamed(this.#provider).speech.stream(this.#input);
    const { view } = this.#streamOf([...events.slice(0, EVENTS_BEFORE_TROUBLE), ...(how === 'error' ? [error] : [])]);
    if (view.error === undefined) return judge('that it failed', []);
    // Whoever waits for the reason why it ended must not get one.
    const isFinished = view.finish !== undefined && view.finish !== 'failed';
    return judge(isFinished ? `that it did not finish (it says ${view.finish})` : undefined, []);
  }

  /** Any request of the caller’s that wants a stream. */
  get #asked(): ReadRequest {
    const { system } = CALLERS[this.#caller] ?? {};
    const body = typeof system === 'object' ? system : {};
    const stream_options = this.#caller === 'openai-chat' ? { stream_options: { include_usage: true } } : {};
    return readRequest(inboundFace(this.#caller), { ...body, stream: true, ...stream_options });
  }

  /** What was thought, as far as it was shown. */
  get #shown(): string {
    return this.answer.isRedacted ? '' : this.answer.thoughts.join('');
  }

  get #reader(): Reader {
    return READERS[this.#caller] ?? { whole: () => NO_VIEW, stream: () => NO_VIEW };
  }

  get #passThrough(): PassThroughFace {
    const { passThrough } = dialectNamed(this.#caller);
    if (passThrough === undefined) throw new Error(`${this.#caller} does not pass through`);
    return passThrough;
  }
}

function lossesIn(events: readonly ChatEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type === 'loss' ? [event.field] : []));
}

function jsonObject(text: string): JsonObject {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error(`not a JSON object: ${text}`);
  return json;
}
