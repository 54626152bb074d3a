import { expect } from 'vitest';
import { GatewayError } from '../../../src/kernel/errors.ts';
import { isJsonObject, parseJsonOrUndefined } from '../../../src/kernel/json.ts';
import type { ChatEvent } from '../../../src/protocol/chat-events.ts';
import { eventsOf, plain } from '../canonical-json.ts';
import { type Case, deepFreeze } from '../cases.ts';
import { framesOf } from '../frames.ts';
import { mapStrings } from '../mutations.ts';
import { inboundFace, REQUEST_ID } from '../surroundings.ts';
import type { Check } from './check.ts';
import { requestFor } from './response-checks.ts';
import { encodeEvents } from './stream-checks.ts';

/** Every line end that a reader might take for the end of an event, and an event behind it. */
const INJECTION =
  '\n\ndata: {"type":"evil"}\n\nevent: evil\ndata: [DONE]\n\n\r\rdata: evil\r\n\r\n\u2028\n\u2029\u0085\u0000 {"a":1}\n';

/** Keys whose strings are our own words and no text of the model. */
const OWN_WORDS: ReadonlySet<string> = new Set(['type', 'kind', 'toolKind', 'dialect', 'code']);

/** Whatever a model or a provider says, it cannot begin an event of the caller's stream. */
export function injectionChecks(fixture: Case): readonly Check[] {
  if (fixture.meta.face === 'outbound' || !fixture.has('canonical.stream.jsonl')) return [];
  return [{ name: 'stream of texts that look like events', run: () => inject(fixture) }];
}

function inject(fixture: Case): void {
  const events = eventsOf(fixture.text('canonical.stream.jsonl'));
  const request = requestFor(fixture, { streamed: true, wantsUsage: true });
  const kindsFor = (said: readonly ChatEvent[]) => kindsOf(encodeEvents(fixture.dialect, said, request).text);
  expect(kindsFor(events.map(injected))).toEqual(kindsFor(events));
  const face = inboundFace(fixture.dialect);
  const errorWith = (message: string) =>
    new GatewayError('upstream.error', { message, upstream: { status: 500, message, code: message }, param: message });
  expect(kindsOf(face.encodeStreamError(errorWith(INJECTION), REQUEST_ID))).toEqual(
    kindsOf(face.encodeStreamError(errorWith('plain'), REQUEST_ID)),
  );
}

function injected(event: ChatEvent): ChatEvent {
  if (event.type === 'fault') return event;
  // The strings changed and nothing else did.
  return deepFreeze(mapStrings(plain(event), (text) => `${text}${INJECTION}`, OWN_WORDS) as unknown as ChatEvent);
}

/** The name of each frame, and the type that its data tells. */
function kindsOf(text: string): readonly string[] {
  const tail = text.slice(text.lastIndexOf('\n\n') + 2);
  expect(tail, 'what follows the last event').toBe('');
  return framesOf(text, 'sse').map(({ event, data }) => {
    const json = parseJsonOrUndefined(data);
    const type = isJsonObject(json) ? (json['type'] ?? json['object']) : data;
    return `${event} ${JSON.stringify(type)}`;
  });
}
