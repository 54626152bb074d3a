import type { Answering, OutboundFace, ReadRequest, StreamDecoder, StreamEncoder } from '../dialects/contract.ts';
import { assertNever } from '../kernel/assert.ts';
import { GatewayError, toGatewayError } from '../kernel/errors.ts';
import type { ChatEvent } from '../protocol/chat-events.ts';
import type { Frame, Framer } from '../protocol/frame.ts';
import { type ReadUsage, UNSAID_USAGE } from '../protocol/usage.ts';
import { MEDIA_FRAME_BYTES_MAX } from '../upstream/framing/framer-options.ts';
import { openFramer } from '../upstream/framing/open-framer.ts';
import { notExpressible } from './call-in-turn.ts';
import { CallerStream, type StreamDeps } from './caller-stream.ts';
import type { Exchange } from './exchange.ts';
import { GuardedAnswer } from './guard-answer.ts';
import { HeldRoom, judgedEvents } from './judge-answer.ts';
import { chargeOf, meterCall } from './meter.ts';
import { type Ending, statusOf } from './outcome.ts';
import { asStreamFault, MISSING_TERMINATOR } from './relay-stream.ts';
import { shownServed } from './shown-model.ts';
import type { StreamSink, UpstreamAnswer } from './upstream-answer.ts';

/** What is held of a longer message takes room that all requests share. */
const FRAME_BYTES_FREE = 1024 * 1024;

export type TranslationDeps = StreamDeps & {
  /** Takes room for so many bytes until the request is over, or says why there is none. */
  readonly takeRoom: (bytes: number) => GatewayError | undefined;
};

export type TranslatedStream = {
  readonly answer: UpstreamAnswer;
  readonly request: ReadRequest;
  readonly face: OutboundFace;
  /** What the provider's dialect ends a stream with; empty where it has no such thing. */
  readonly terminator: string;
  readonly answering: Answering;
};

/**
 * Turns a provider's stream into the caller's: frames → events → the caller's frames, one write for each chunk that came.
 * Where the service of a guardrail is asked of the answer, all of it is held until that has answered.
 * The end is held until the records are safe, and a stream that was cut ends in an error, whatever the two dialects.
 * Resolves when the answer is over; rejects, with nothing sent, when the stream failed before its first byte.
 */
export function translateStream(
  exchange: Exchange,
  translated: TranslatedStream,
  deps: TranslationDeps,
): Promise<void> {
  const { answer } = translated;
  const translation = new Translation(exchange, translated, deps);
  exchange.stream = translation;
  exchange.onStop((error) => translation.fail(error));
  if (answer.isStream) answer.attach(new FramedSink(translated, { translation, takeRoom: deps.takeRoom }));
  else translation.takeWhole(answer.body());
  return translation.over;
}

/** Feeds a translation from a provider's bytes. */
class FramedSink implements StreamSink {
  readonly #framer: Framer;
  readonly #decoder: StreamDecoder;
  readonly #translation: Translation;
  readonly #takeRoom: TranslationDeps['takeRoom'];
  readonly #hasTerminator: boolean;
  /** At least what the framer holds of a message that is not whole. */
  #pendingBytes = 0;
  #roomBytes = FRAME_BYTES_FREE;

  constructor(
    { face, terminator }: TranslatedStream,
    { translation, takeRoom }: { readonly translation: Translation } & Pick<TranslationDeps, 'takeRoom'>,
  ) {
    this.#framer = openFramer(face.framing, { frameBytesMax: MEDIA_FRAME_BYTES_MAX });
    this.#decoder = face.openDecoder();
    this.#translation = translation;
    this.#takeRoom = takeRoom;
    this.#hasTerminator = terminator !== '';
  }

  onData(chunk: Buffer): void {
    const translation = this.#translation;
    if (translation.hasAll) return;
    try {
      const frames = this.#framer.push(chunk);
      this.#pendingBytes = frames.length === 0 ? this.#pendingBytes + chunk.length : chunk.length;
      if (this.#pendingBytes > this.#roomBytes) this.#growRoom();
      this.#decode(frames);
      translation.flush();
    } catch (thrown) {
      translation.fail(toGatewayError(thrown));
    }
  }

  onEnd(): void {
    this.#end(this.#hasTerminator);
  }

  /** `isEndMissing`: whether an answer that ends here without its last word lacks something, although all was said. */
  #end(isEndMissing: boolean): void {
    const translation = this.#translation;
    if (translation.hasAll) return translation.upstreamEnded();
    try {
      this.#decode(this.#framer.end().frames);
      if (translation.hasAll) return;
      const events = this.#decoder.end();
      if (isEndMissing && events.at(-1)?.type === 'finish') translation.noteMissingEnd();
      for (const event of events) translation.take(event);
      translation.endedHere();
    } catch (thrown) {
      translation.fail(toGatewayError(thrown));
    }
  }

  onFault(error: GatewayError): void {
    const translation = this.#translation;
    if (translation.hasAll) return translation.upstreamEnded();
    if (error.code === 'upstream.cut') return this.#end(true);
    translation.fail(asStreamFault(error));
  }

  /** @throws GatewayError `hub.overloaded` */
  #growRoom(): void {
    const refusal = this.#takeRoom(this.#pendingBytes - this.#roomBytes);
    if (refusal !== undefined) throw refusal;
    this.#roomBytes = this.#pendingBytes;
  }

  #decode(frames: readonly Frame[]): void {
    for (const frame of frames) {
      for (const event of this.#decoder.push(frame)) this.#translation.take(event);
    }
  }
}

class Translation {
  readonly output: { contentBytes: number; contentEvents: number } = { contentBytes: 0, contentEvents: 0 };
  readonly #exchange: Exchange;
  readonly #translated: TranslatedStream;
  readonly #deps: TranslationDeps;
  readonly #caller: CallerStream;
  readonly #encoder: StreamEncoder;
  /** Missing where nothing reads the answer. */
  readonly #guarded: GuardedAnswer | undefined;
  /** What waits for the services of guardrails; missing where none is asked of the answer. */
  readonly #held: { readonly events: ChatEvent[]; readonly room: HeldRoom } | undefined;
  /** Aborted when nobody waits for those services any more. */
  #judging: AbortController | undefined;
  /** Blocks whose content is base64: no measure of tokens. */
  readonly #media = new Set<number>();
  #text = '';
  #usage: ReadUsage = UNSAID_USAGE;
  #servedModel: string | undefined;
  #finishReason: string | undefined;
  #lossesSeen = 0;

  constructor(exchange: Exchange, translated: TranslatedStream, deps: TranslationDeps) {
    this.#exchange = exchange;
    this.#translated = translated;
    this.#deps = deps;
    this.#caller = new CallerStream(exchange, { answer: translated.answer, settle: deps.settle });
    this.#encoder = exchange.caller.face.openEncoder(translated.answering);
    const { guard } = exchange;
    this.#guarded = guard?.readsAnswer === true ? new GuardedAnswer(guard) : undefined;
    this.#held = guard?.holdsAnswer === true ? { events: [], room: new HeldRoom(deps.takeRoom) } : undefined;
  }

  get over(): Promise<void> {
    return this.#caller.over;
  }

  get isOver(): boolean {
    return this.#caller.isOver;
  }

  /** Whether nothing more is wanted of the provider: the answer is over, or all of it is held. */
  get hasAll(): boolean {
    return this.isOver || this.#judging !== undefined;
  }

  /** The provider's side has ended: without a last word of its own, it was cut. */
  endedHere(): void {
    if (!this.hasAll) this.fail(new GatewayError('upstream.cut'));
  }

  upstreamEnded(): void {
    this.#caller.upstreamEnded();
  }

  /** As a stream that passes through has it: nothing of the answer is missing, so nobody refuses it. */
  noteMissingEnd(): void {
    this.#exchange.addLosses([MISSING_TERMINATOR]);
  }

  /** A provider that was asked for a stream and answered whole: the caller gets its stream all the same. */
  takeWhole(body: Buffer): void {
    try {
      for (const event of this.#translated.face.decodeResponse(body)) this.take(event);
      this.endedHere();
    } catch (thrown) {
      this.fail(this.#deps.hideSecrets(toGatewayError(thrown)));
    }
  }

  /** @throws GatewayError `guardrail.blocked` */
  take(event: ChatEvent): void {
    if (this.hasAll) return;
    if (this.#guarded === undefined) return this.#pass(event);
    for (const passed of this.#guarded.take(event)) this.#pass(passed);
  }

  #pass(event: ChatEvent): void {
    if (this.hasAll) return;
    switch (event.type) {
      case 'usage':
        this.#usage = event.read;
        return;
      case 'finish':
        return this.#held === undefined ? this.#finish() : this.#judge(this.#held.events);
      case 'fault':
        return this.fail(this.#deps.hideSecrets(event.error));
      case 'loss':
        this.#exchange.addLosses([{ field: event.field, reason: event.reason }]);
        return this.#refuseLosses();
      case 'start':
        this.#servedModel = event.servedModel;
        break;
      case 'block-start':
        if (event.head.kind === 'image' || event.head.kind === 'audio') this.#media.add(event.block);
        break;
      case 'block-delta':
        this.output.contentEvents += 1;
        if (!this.#media.has(event.block)) this.output.contentBytes += event.text.length;
        break;
      case 'choice-end':
        this.#finishReason = event.reason.raw ?? event.reason.kind;
        break;
      case 'block-transcript':
      case 'block-opaque':
      case 'block-citation':
      case 'block-logprobs':
      case 'block-end':
        break;
      default:
        assertNever(event);
    }
    if (this.#held === undefined) return this.#encode(event);
    this.#held.room.take(sizeOf(event));
    this.#held.events.push(event);
  }

  /** Asks the services, and gives what they let go. Whatever is thrown ends the answer. */
  #judge(events: readonly ChatEvent[]): void {
    const { guard } = this.#exchange;
    if (guard === undefined) throw new Error('only an answer that guardrails read is held');
    this.#judging = new AbortController();
    judgedEvents(guard, events, this.#judging.signal)
      .then((judged) => {
        for (const event of judged) this.#encode(event);
        if (!this.isOver) this.#finish();
      })
      .catch((thrown: unknown) => this.fail(toGatewayError(thrown)));
  }

  #encode(event: ChatEvent): void {
    if (this.isOver) return;
    this.#text += this.#encoder.push(
      event.type === 'start' ? { ...event, servedModel: shownServed(this.#exchange, event.servedModel) } : event,
    );
    if (this.#encoder.losses.length > this.#lossesSeen) this.#noteLosses();
  }

  /** Sends what a chunk came to. */
  flush(): void {
    if (this.#text === '' || this.isOver) return;
    const text = this.#text;
    this.#text = '';
    this.#caller.write(text);
  }

  fail(error: GatewayError): void {
    if (this.isOver) return;
    this.#judging?.abort(error);
    this.flush();
    this.#caller.fail(error, () => this.#ending(statusOf(error.code, true)));
  }

  #finish(): void {
    this.flush();
    const ending = this.#ending('success');
    const end = this.#encoder.finish(ending.usage, chargeOf(this.#exchange, ending));
    // The last words may lose something, too, and are not sent yet.
    if (this.#encoder.losses.length > this.#lossesSeen) this.#noteLosses();
    if (!this.isOver) this.#caller.finish(() => ({ ending, end, held: [] }));
  }

  #noteLosses(): void {
    this.#lossesSeen = this.#encoder.losses.length;
    this.#exchange.addLosses(this.#encoder.losses);
    this.#refuseLosses();
  }

  #refuseLosses(): void {
    const { refusesLosses, losses, deployment } = this.#exchange;
    if (refusesLosses && !this.isOver) this.fail(notExpressible(losses, deployment));
  }

  #ending(status: Ending['status']): Ending {
    const { body } = this.#translated.request;
    const fallback = { body, output: this.output, isBrokenOff: status !== 'success' };
    const metered = meterCall(this.#exchange, this.#usage, fallback, this.#deps.meter);
    return {
      ...metered,
      servedModel: this.#servedModel,
      finishReason: this.#finishReason,
      status,
      httpStatus: 200,
      error: undefined,
    };
  }
}

/** At least so many bytes an event takes beside its text. */
const EVENT_BYTES = 128;

function sizeOf(event: ChatEvent): number {
  return EVENT_BYTES + ('text' in event ? event.text.length : 0);
}
