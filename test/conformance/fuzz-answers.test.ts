import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { collectEvents } from '../../src/dialects/collect.ts';
import { DIALECTS } from '../../src/dialects/index.ts';
import { isJsonObject, type JsonValue, parseJson, parseJsonOrUndefined } from '../../src/kernel/json.ts';
import { removeProtoAccessor } from '../../src/kernel/prototype.ts';
import type { ChatEvent } from '../../src/protocol/chat-events.ts';
import { PLAIN_CHAT } from '../../src/protocol/chat-request.ts';
import type { Frame } from '../../src/protocol/frame.ts';
import { casesOf } from './cases.ts';
import { outcomeOf } from './checks/check.ts';
import { bodyOf } from './checks/response-checks.ts';
import { decodeFrames, encodeEvents, streamFramesOf } from './checks/stream-checks.ts';
import { framesOf } from './frames.ts';
import { brokenRule } from './grammar.ts';
import { CHANGES, type Changes, changed, hostileText } from './hostile-json.ts';
import { answeringOf, outboundFace } from './surroundings.ts';

const SEED = 20_261;
const RUNS = 600;
const DONE = '[DONE]';

const CALLERS = [...DIALECTS.values()].flatMap(({ name, inbound }) => (inbound === undefined ? [] : [name]));
const PROVIDERS = [...DIALECTS.values()].flatMap(({ name, outbound }) => (outbound === undefined ? [] : [name]));
const ASKED = { ...PLAIN_CHAT, streamed: true, wantsUsage: true };

/** As the hub begins, too. */
beforeAll(removeProtoAccessor);

/** A provider may say anything; the caller gets a well-formed answer, or is told that there is none. */
describe.each(PROVIDERS)('an answer of %s with anything in any place', (provider) => {
  const cases = casesOf(provider).filter(
    ({ meta }) => (meta.operation ?? 'chat') === 'chat' && meta.face !== 'inbound',
  );
  const streams = cases.filter((fixture) => fixture.has('wire.stream.txt')).map(streamFramesOf);
  const wholes = cases
    .filter((fixture) => fixture.has('wire.response.json'))
    .map((fixture) => parseJson(bodyOf(fixture).toString()));

  it('streams to every caller as whole events, or ends in a fault', { timeout: 120_000 }, () => {
    const some = fc.record({ stream: fc.nat({ max: streams.length - 1 }), frame: fc.nat(), changes: CHANGES });
    fc.assert(
      fc.property(some, ({ stream, frame, changes }) => {
        const events = decodeFrames(provider, withChanged(streams[stream] ?? [], frame, changes));
        expect(brokenRule(events)).toBeUndefined();
        for (const caller of CALLERS) expectReadable(caller, events);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it('is written whole to every caller, or is a fault', { timeout: 120_000 }, () => {
    const some = fc.record({ whole: fc.nat({ max: wholes.length - 1 }), changes: CHANGES });
    fc.assert(
      fc.property(some, ({ whole, changes }) => {
        const body = Buffer.from(hostileText(changed(wholes[whole] ?? null, changes)));
        const decoded = outcomeOf(() => collectEvents(outboundFace(provider).decodeResponse(body)));
        if ('error' in decoded) {
          expect(decoded.error.code).toMatch(/^upstream\./);
          return;
        }
        const { response } = decoded.value;
        for (const caller of CALLERS) {
          const face = DIALECTS.get(caller)?.inbound;
          const encoded = face?.encodeResponse(response, response.usage.usage, answeringOf(PLAIN_CHAT));
          expect(isJsonObject(parseJson(JSON.stringify(encoded?.body)))).toBe(true);
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});

function withChanged(frames: readonly Frame[], at: number, changes: Changes): readonly Frame[] {
  const index = at % Math.max(1, frames.length);
  const frame = frames[index];
  const json: JsonValue | undefined = frame === undefined ? undefined : parseJsonOrUndefined(frame.data);
  if (frame === undefined || json === undefined) return frames;
  return frames.with(index, { ...frame, data: hostileText(changed(json, changes)) });
}

/** The caller's own reader takes it apart into events, each of them JSON or the end. */
function expectReadable(caller: string, events: readonly ChatEvent[]): void {
  const { text } = encodeEvents(caller, events, ASKED);
  expect(text.slice(text.lastIndexOf('\n\n') + 2)).toBe('');
  const said = framesOf(text, 'sse').map(({ data }) => data);
  for (const data of said) if (data !== DONE) expect(parseJsonOrUndefined(data), data).toBeDefined();
  if (events.at(-1)?.type === 'fault') expect(said).not.toContain(DONE);
}
