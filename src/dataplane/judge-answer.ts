import type { AnswerText, AnswerTextKind, CallGuard } from '../guardrails/call-guard.ts';
import type { GatewayError } from '../kernel/errors.ts';
import type { ChatEvent } from '../protocol/chat-events.ts';
import { GuardedAnswer, type ReadsAnswer } from './guard-answer.ts';

/**
 * An answer that is there whole, as the services of guardrails let it go: they are told every text that other guardrails
 * read, each once, and the caller's own values are put back into what comes of it.
 * @throws GatewayError `guardrail.blocked`, `guardrail.unavailable`; what the signal was aborted with
 */
export async function judgedEvents(
  guard: CallGuard,
  events: readonly ChatEvent[],
  signal: AbortSignal,
): Promise<readonly ChatEvent[]> {
  const said: string[] = [];
  readTexts(events, (text) => {
    said.push(text);
    return text;
  });
  const passed = await guard.judged('output', said, signal);
  let next = 0;
  return readTexts(events, (text, kind) => {
    const judged = passed[next] ?? text;
    next += 1;
    return guard.restored(kind, judged);
  });
}

/** Reads the texts of an answer in the one order that its events give, and puts others in their place. */
function readTexts(
  events: readonly ChatEvent[],
  read: (text: string, kind: AnswerTextKind) => string,
): readonly ChatEvent[] {
  const reader = new GuardedAnswer({
    answerText: (kind) => wholeText((text) => read(text, kind)),
  } satisfies ReadsAnswer);
  return events.flatMap((event) => reader.take(event));
}

/** A text that is read once it has ended; one in which nothing stands is not. */
function wholeText(read: (text: string) => string): AnswerText {
  let held = '';
  return {
    push: (piece) => {
      held += piece;
      return '';
    },
    end: () => {
      const text = held;
      held = '';
      return text === '' ? '' : read(text);
    },
  };
}

/** What is held of an answer takes room that all requests share, beyond this. */
const HELD_BYTES_FREE = 256 * 1024;

/** Counts what is held of one answer. */
export class HeldRoom {
  readonly #takeRoom: (bytes: number) => GatewayError | undefined;
  #heldBytes = 0;
  #roomBytes = HELD_BYTES_FREE;

  constructor(takeRoom: (bytes: number) => GatewayError | undefined) {
    this.#takeRoom = takeRoom;
  }

  /** @throws GatewayError `hub.overloaded` where there is no room */
  take(bytes: number): void {
    this.#heldBytes += bytes;
    if (this.#heldBytes <= this.#roomBytes) return;
    // In steps that grow, so that a long answer does not ask for each of its words.
    const grown = Math.max(this.#heldBytes, this.#roomBytes * 2);
    const refusal = this.#takeRoom(grown - this.#roomBytes);
    if (refusal !== undefined) throw refusal;
    this.#roomBytes = grown;
  }
}
