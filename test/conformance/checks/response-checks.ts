import { expect } from 'vitest';
import { collectEvents } from '../../../src/dialects/collect.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import type { ChatEvent } from '../../../src/protocol/chat-events.ts';
import { type ChatRequest, PLAIN_CHAT } from '../../../src/protocol/chat-request.ts';
import { embeddingsRequestOf, embeddingsResponseOf, plain, requestOf, responseOf } from '../canonical-json.ts';
import { type Case, deepFreeze } from '../cases.ts';
import { brokenRule } from '../grammar.ts';
import { answeringOf, dialectNamed, inboundFace, outboundFace } from '../surroundings.ts';
import { type Check, expectError, expectLosses, expectPlain, lossesOf, thrownBy, twice } from './check.ts';

/** What a case asks of whole answers, by the files that it has. */
export function responseChecks(fixture: Case): readonly Check[] {
  if (!fixture.has('wire.response.json')) return [];
  const { face, operation } = fixture.meta;
  if (!fixture.has('canonical.response.json')) {
    return fixture.has('canonical.fault.json') ? [{ name: 'refuse response', run: () => refuse(fixture) }] : [];
  }
  if (operation === 'embeddings') return embeddingsChecks(fixture);
  const checks: Check[] = [];
  if (face !== 'inbound') checks.push({ name: 'decode response', run: () => decode(fixture) });
  if (face !== 'outbound') checks.push({ name: 'encode response', run: () => encode(fixture) });
  if (isRoundTrip(fixture)) checks.push({ name: 'decode encoded response', run: () => decodeEncoded(fixture) });
  return checks;
}

function refuse(fixture: Case): void {
  const error = thrownBy(() => outboundFace(fixture.dialect).decodeResponse(bodyOf(fixture)));
  expectError(error, fixture.json('canonical.fault.json'));
}

function decode(fixture: Case): void {
  const events = twice(() => outboundFace(fixture.dialect).decodeResponse(bodyOf(fixture)));
  expect(brokenRule(events), 'the grammar of events').toBeUndefined();
  const { response, losses } = collectEvents(deepFreezeEvents(events));
  expectPlain(response, responseOf(fixture.object('canonical.response.json')));
  expectLosses(losses, lossesOf(fixture, 'response'));
}

function encode(fixture: Case): void {
  const { body, losses } = twice(() => encodeCanonical(fixture));
  expect(plain(body)).toEqual(fixture.json('wire.response.json'));
  // A case of both faces tells its losses of decoding, of which encoding knows nothing.
  if (fixture.meta.face === 'inbound') expectLosses(losses, lossesOf(fixture, 'response'));
}

/** What is encoded without a loss is understood again; the model is the caller's name for it by then. */
function isRoundTrip(fixture: Case): boolean {
  const { inbound, outbound } = dialectNamed(fixture.dialect);
  if (fixture.meta.face === 'outbound' || inbound === undefined || outbound === undefined) return false;
  return lossesOf(fixture, 'response').length === 0;
}

function decodeEncoded(fixture: Case): void {
  const { body } = encodeCanonical(fixture);
  const events = outboundFace(fixture.dialect).decodeResponse(Buffer.from(JSON.stringify(body)));
  const { choices, usage } = collectEvents(events).response;
  const expected = responseOf(fixture.object('canonical.response.json'));
  expectPlain({ choices, usage }, { choices: expected.choices, usage: { ...expected.usage, anomalies: [] } });
}

function encodeCanonical(fixture: Case) {
  const response = responseOf(fixture.object('canonical.response.json'));
  const answering = answeringOf(requestFor(fixture));
  return inboundFace(fixture.dialect).encodeResponse(response, deepFreeze(response.usage.usage), answering);
}

/** The request that an answer belongs to: the case's own, or one that asked for nothing in particular. */
export function requestFor(fixture: Case, otherwise: Partial<ChatRequest> = {}): ChatRequest {
  if (fixture.has('canonical.request.json')) {
    return requestOf(fixture.object('canonical.request.json'), fixture.dialect);
  }
  return deepFreeze({ ...PLAIN_CHAT, dialect: fixture.dialect, ...otherwise });
}

function embeddingsChecks(fixture: Case): readonly Check[] {
  const { face } = fixture.meta;
  const checks: Check[] = [];
  const canonical = (): JsonObject => fixture.object('canonical.response.json');
  if (face !== 'inbound') {
    checks.push({
      name: 'decode response',
      run: () => {
        const { embeddings } = outboundFace(fixture.dialect);
        expectPlain(
          twice(() => embeddings?.decodeResponse(bodyOf(fixture))),
          embeddingsResponseOf(canonical()),
        );
      },
    });
  }
  if (face !== 'outbound') {
    checks.push({
      name: 'encode response',
      run: () => {
        const response = embeddingsResponseOf(canonical());
        const request = embeddingsRequestOf(
          fixture.has('canonical.request.json') ? fixture.object('canonical.request.json') : {},
        );
        const answering = { ...answeringOf(), usage: response.usage.usage };
        const body = twice(() => inboundFace(fixture.dialect).embeddings?.encodeResponse(response, request, answering));
        expect(plain(body)).toEqual(fixture.json('wire.response.json'));
      },
    });
  }
  return checks;
}

export function bodyOf(fixture: Case): Buffer {
  return Buffer.from(fixture.text('wire.response.json'));
}

/** Events hold errors, which stay as they are. */
export function deepFreezeEvents(events: readonly ChatEvent[]): readonly ChatEvent[] {
  for (const event of events) if (event.type !== 'fault') deepFreeze(event);
  return events;
}
