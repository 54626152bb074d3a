import type { GatewayError } from '../../kernel/errors.ts';

/**
 * The AIGNE client waits 60 seconds for the headers of an answer (180 for a video), then sends the same request again, up
 * to three times: https://www.aigne.io/framework. So a caller that is kept waiting gets the head of its
 * answer early, and something that means nothing from time to time: white space before JSON, comments between events.
 */

/** How long a caller waits for a first sign, and then for each further one. Proxies cut what is silent for a minute. */
export const SIGN_OF_LIFE_MS = 15_000;

/** Before JSON: https://www.rfc-editor.org/rfc/rfc8259#section-2 */
const BLANK = ' ';
/** Between events: https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes */
const COMMENT = ': waiting\n\n';

export type PatiencePorts = {
  /** Calls `tick` every so many milliseconds, until what it returns is called. */
  readonly every: (intervalMs: number, tick: () => void) => () => void;
  /** Sends status 200 and the headers that are known so far. */
  readonly sendHead: () => void;
  readonly send: (text: string) => void;
  /** How many bytes of the answer itself were sent. */
  readonly answerBytes: () => number;
};

/** Keeps one caller waiting. It speaks only at the boundary of events or before a whole answer, and never after it. */
export class Patience {
  readonly #ports: PatiencePorts;
  readonly #isStreamed: () => boolean;
  readonly #stop: () => void;
  #isHeadSent = false;
  #bytesAtLastTick = 0;

  constructor(isStreamed: () => boolean, ports: PatiencePorts) {
    this.#isStreamed = isStreamed;
    this.#ports = ports;
    this.#stop = ports.every(SIGN_OF_LIFE_MS, () => this.#tick());
  }

  /** Whether the head went out before it was known how the answer ends: a failure needs `lateFailure` then. */
  get isHeadSent(): boolean {
    return this.#isHeadSent;
  }

  /** The last part of the answer follows, or the caller is gone. May be called again. */
  stop(): void {
    this.#stop();
  }

  #tick(): void {
    const bytes = this.#ports.answerBytes();
    const isSilent = bytes === this.#bytesAtLastTick;
    this.#bytesAtLastTick = bytes;
    if (!isSilent) return;
    // A whole answer that is on its way must not be broken into.
    if (!this.#isStreamed() && bytes > 0) return;
    if (bytes === 0 && !this.#isHeadSent) {
      this.#isHeadSent = true;
      this.#ports.sendHead();
    }
    this.#ports.send(this.#isStreamed() ? COMMENT : BLANK);
  }
}

/**
 * What ends a whole answer whose head promised success. A JSON object, even one that holds an error, is taken for the
 * result, and a connection that breaks is shown as `terminated`; text that is no JSON makes every client fail, and
 * the parser quotes its first ten characters. So the kind of failure comes first.
 */
export function lateFailure(error: GatewayError, requestId: string): string {
  const kind = error.code.slice(error.code.indexOf('.') + 1);
  const upstream = error.upstream === undefined ? '' : ` ${error.upstream.message}`;
  return `${kind}: ${error.message}${upstream} (${error.code}, ${requestId})`;
}
