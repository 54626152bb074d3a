import type { InboundFace, RequestHead, StreamEncoder } from '../../dialects/contract.ts';
import { sseEvent } from '../../dialects/sse-text.ts';
import { type ErrorCode, GatewayError } from '../../kernel/errors.ts';
import type { ChatEvent, FinishReason } from '../../protocol/chat-events.ts';
import { PLAIN_CHAT } from '../../protocol/chat-request.ts';
import type { Caller } from '../exchange.ts';
import { messagesOf, readConversation } from './conversation.ts';

/**
 * How a visitor's page speaks to the hub. It is no dialect: a model, and what was said so far, go in; text comes out. What
 * has no word here reaches neither side, so that nothing has to be hidden.
 */
export const GUEST_SPEECH = 'hub-guest';

/** What a request of a visitor's may ask for. */
export type GuestBounds = { readonly models: readonly string[]; readonly outputTokensMax: number };

export function guestCaller(bounds: GuestBounds): Caller {
  return { dialect: GUEST_SPEECH, face: guestFace(bounds), repeats: false, keyInQuery: false, tells: toldToGuests };
}

function guestFace({ models, outputTokensMax }: GuestBounds): InboundFace {
  return {
    readHead: (body) => {
      const { model } = readConversation(body);
      // A name that is not offered is not looked for: whether there is such a model is nobody's to find out here.
      if (!models.includes(model)) throw new GatewayError('guest.unavailable');
      return { ...PLAIN_HEAD, model };
    },
    decodeRequest: (body) => ({
      ...PLAIN_CHAT,
      messages: messagesOf(readConversation(body)),
      maxOutputTokens: outputTokensMax,
      streamed: true,
      dialect: GUEST_SPEECH,
    }),
    encodeResponse: () => {
      throw new Error('an answer to a visitor is streamed');
    },
    openEncoder: () => new GuestEncoder(),
    encodeError,
    encodeStreamError: (error, requestId) => sseEvent(encodeError(error, requestId)),
  };
}

const PLAIN_HEAD: Omit<RequestHead, 'model'> = {
  streamed: true,
  wantsUsage: false,
  manyChoices: false,
  endUser: undefined,
  references: [],
};

function encodeError({ code, message, remedy, param, details }: GatewayError, requestId: string) {
  return { error: { code, message, remedy, param, details, request_id: requestId } };
}

/** The text of the first answer, and in one word why it ended. */
class GuestEncoder implements StreamEncoder {
  readonly losses = [];
  readonly #said = new Set<number>();
  #end: FinishReason['kind'] = 'other';

  push(event: ChatEvent): string {
    if (event.type === 'block-start' && event.choice === 0 && isSaid(event.head.kind)) this.#said.add(event.block);
    if (event.type === 'choice-end' && event.choice === 0) this.#end = event.reason.kind;
    return event.type === 'block-delta' && this.#said.has(event.block) ? sseEvent({ text: event.text }) : '';
  }

  finish(): string {
    return sseEvent({ end: this.#end });
  }
}

function isSaid(kind: string): boolean {
  return kind === 'text' || kind === 'refusal';
}

/** What is about the visitor's own request, which no error tells anything beside. */
const OF_THE_REQUEST: ReadonlySet<ErrorCode> = new Set([
  'auth.cross_site',
  'guest.limit_reached',
  'guest.unknown_visitor',
  'route.method_not_allowed',
  'request.invalid',
  'request.malformed_json',
  'request.not_utf8',
  'request.duplicate_field',
  'request.too_deep',
  'request.too_many_keys',
  'request.body_required',
  'request.content_encoding',
  'request.too_large',
  'request.timeout',
  'hub.draining',
  'hub.overloaded',
]);
/** What a provider says against what was asked. */
const REFUSED: ReadonlySet<ErrorCode> = new Set([
  'upstream.bad_request',
  'upstream.too_large',
  'upstream.unprocessable',
  'upstream.content_policy',
]);

/** Whatever else went wrong is the hub's own affair: its records tell it, and visitors hear that there is no answer. */
export function toldToGuests(error: GatewayError): GatewayError {
  if (OF_THE_REQUEST.has(error.code)) return error;
  return new GatewayError(REFUSED.has(error.code) ? 'guest.refused' : 'guest.unavailable', { cause: error });
}
