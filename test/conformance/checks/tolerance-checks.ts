import { expect } from 'vitest';
import { collectEvents } from '../../../src/dialects/collect.ts';
import { DIALECTS } from '../../../src/dialects/index.ts';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  parseJsonOrUndefined,
} from '../../../src/kernel/json.ts';
import type { ChatEvent } from '../../../src/protocol/chat-events.ts';
import type { ChatRequest } from '../../../src/protocol/chat-request.ts';
import type { Frame } from '../../../src/protocol/frame.ts';
import { NO_USAGE } from '../../../src/protocol/usage.ts';
import { plain, plainEvents } from '../canonical-json.ts';
import { type Case, deepFreeze } from '../cases.ts';
import { brokenRule } from '../grammar.ts';
import {
  type Mutation,
  withOddValue,
  withoutFields,
  withoutUnknownFields,
  withUnknownField,
  withUnknownWord,
} from '../mutations.ts';
import { inboundFace, NOW_MS, outboundFace, targetOf } from '../surroundings.ts';
import { type Check, outcomeOf } from './check.ts';
import { bodyOf } from './response-checks.ts';
import { decodeFrames, streamFramesOf } from './stream-checks.ts';

/** Fields in which providers tell what was used, wherever they stand. */
const USAGE_FIELDS: ReadonlySet<string> = new Set([
  'usage',
  'usageMetadata',
  'prompt_eval_cached_count',
  'prompt_eval_count',
  'eval_count',
  'x_groq',
  'metrics',
]);

/** Whatever comes in place of what was expected, a dialect reads it or refuses it, and does not break. */
export function toleranceChecks(fixture: Case): readonly Check[] {
  const { face, operation } = fixture.meta;
  if (operation !== undefined && operation !== 'chat') return [];
  const checks: Check[] = [];
  if (face !== 'outbound' && fixture.has('wire.request.json')) {
    checks.push({ name: 'request of odd values', run: () => oddRequests(fixture) });
  }
  if (face === 'inbound') return checks;
  if (fixture.has('wire.response.json') && fixture.has('canonical.response.json')) {
    checks.push(
      { name: 'response with unknown fields', run: () => unknownFieldsOfResponse(fixture) },
      { name: 'response of odd values', run: () => oddResponses(fixture) },
      { name: 'response without usage', run: () => unsaidUsageOfResponse(fixture) },
    );
  }
  if (fixture.has('wire.stream.txt') && fixture.has('canonical.stream.jsonl')) {
    checks.push(
      { name: 'stream with unknown fields', run: () => unknownFieldsOfStream(fixture) },
      { name: 'stream of odd values', run: () => oddStreams(fixture) },
      { name: 'stream with an unknown event', run: () => unknownEvents(fixture) },
      { name: 'stream without usage', run: () => unsaidUsageOfStream(fixture) },
    );
  }
  if (fixture.has('wire.error.json')) {
    checks.push({ name: 'error of odd values', run: () => oddErrors(fixture) });
  }
  return checks;
}

function oddRequests(fixture: Case): void {
  const face = inboundFace(fixture.dialect);
  const targets = [...DIALECTS.values()].flatMap(({ outbound }) => (outbound === undefined ? [] : [outbound]));
  for (const { what, json } of mutationsOf(fixture.json('wire.request.json'))) {
    if (!isJsonObject(json)) continue;
    during(what, () => {
      const body = deepFreeze(json);
      const outcome = outcomeOf(() => face.decodeRequest(body));
      outcomeOf(() => face.readHead(body, 'chat', undefined));
      if ('error' in outcome) {
        expect(outcome.error.code).toMatch(/^request\./);
        expect(outcome.error.param, `the field that is wrong: ${outcome.error.message}`).toBeTypeOf('string');
        return;
      }
      for (const outbound of targets) expectEncodable(outcome.value, outbound);
    });
  }
}

/** What was understood can be sent on, or is refused as the caller's mistake. */
function expectEncodable(request: ChatRequest, outbound: ReturnType<typeof outboundFace>): void {
  const outcome = outcomeOf(() => outbound.encodeRequest(deepFreeze(request), targetOf()));
  if ('error' in outcome) expect(outcome.error.code).toMatch(/^request\./);
  else expect(isJsonObject(parseJson(outcome.value.call.body.toString()))).toBe(true);
}

function unknownFieldsOfResponse(fixture: Case): void {
  const face = outboundFace(fixture.dialect);
  const expected = withoutUnknownFields(plainEvents(face.decodeResponse(bodyOf(fixture))));
  for (const { what, json } of withUnknownField(fixture.json('wire.response.json'))) {
    during(what, () => {
      const events = face.decodeResponse(Buffer.from(JSON.stringify(json)));
      expect(withoutUnknownFields(plainEvents(events))).toBe(expected);
    });
  }
}

function oddResponses(fixture: Case): void {
  const face = outboundFace(fixture.dialect);
  for (const { what, json } of mutationsOf(fixture.json('wire.response.json'))) {
    during(what, () => {
      const outcome = outcomeOf(() => face.decodeResponse(Buffer.from(JSON.stringify(json))));
      if ('value' in outcome) expectGrammar(outcome.value);
    });
  }
  for (const text of ['', '{', '[]', 'null', '"text"', '<html>', '{"a":']) {
    during(`the body ${text}`, () => {
      expect(outcomeOf(() => face.decodeResponse(Buffer.from(text)))).toHaveProperty('error');
    });
  }
}

function unsaidUsageOfResponse(fixture: Case): void {
  const json = withoutFields(fixture.json('wire.response.json'), USAGE_FIELDS);
  const events = outboundFace(fixture.dialect).decodeResponse(Buffer.from(JSON.stringify(json)));
  expectUnsaid(events);
}

function unknownFieldsOfStream(fixture: Case): void {
  const frames = streamFramesOf(fixture);
  const expected = withoutUnknownFields(plainEvents(decodeFrames(fixture.dialect, frames)));
  forEachShape(frames, (index, json) => {
    for (const mutation of withUnknownField(json)) {
      during(`frame ${index}: ${mutation.what}`, () => {
        const events = decodeFrames(fixture.dialect, replaced(frames, index, mutation));
        expect(withoutUnknownFields(plainEvents(events))).toBe(expected);
      });
    }
  });
}

function oddStreams(fixture: Case): void {
  const frames = streamFramesOf(fixture);
  const expected = JSON.stringify(plainEvents(decodeFrames(fixture.dialect, frames)));
  forEachShape(frames, (index, json, { event }) => {
    for (const mutation of mutationsOf(json)) {
      during(`frame ${index}: ${mutation.what}`, () => {
        expectGrammar(decodeFrames(fixture.dialect, replaced(frames, index, mutation)));
      });
    }
    during(`frame ${index}: cut short`, () => {
      const cut = { event, data: JSON.stringify(json).slice(0, -1) };
      const events = decodeFrames(fixture.dialect, frames.with(index, cut));
      expectGrammar(events);
      // What cannot be read may have been content: either nothing was lost with it, or the stream is not to be trusted.
      const isWhole = JSON.stringify(plainEvents(events)) === expected;
      if (!isWhole) expect(events.at(-1)?.type).toBe('fault');
    });
  });
}

function unknownEvents(fixture: Case): void {
  const frames = streamFramesOf(fixture);
  const expected = plainEvents(decodeFrames(fixture.dialect, frames));
  const type = 'hub.unknown_event';
  const unknown: Frame = {
    event: frames[0]?.event === undefined ? undefined : type,
    data: JSON.stringify({ type, [type]: { text: 'unheard of' } }),
  };
  for (let index = 1; index < frames.length; index += 1) {
    during(`before frame ${index}`, () => {
      const events = decodeFrames(fixture.dialect, frames.toSpliced(index, 0, unknown));
      expect(plainEvents(events)).toEqual(expected);
    });
  }
}

function unsaidUsageOfStream(fixture: Case): void {
  const frames = streamFramesOf(fixture).map((frame) => {
    const json = parseJsonOrUndefined(frame.data);
    return json === undefined ? frame : { ...frame, data: JSON.stringify(withoutFields(json, USAGE_FIELDS)) };
  });
  expectUnsaid(decodeFrames(fixture.dialect, frames));
}

function oddErrors(fixture: Case): void {
  const { status, body } = fixture.object('wire.error.json');
  const face = outboundFace(fixture.dialect);
  const texts = ['', '{', '[]', 'null', '"text"', '<html>'];
  const bodies = isJsonObject(body) || Array.isArray(body) ? mutationsOf(body) : [];
  for (const text of [...texts, ...bodies.map(({ json }) => JSON.stringify(json))]) {
    during(text, () => {
      const fault = face.decodeFault({ status: Number(status), headers: {}, body: Buffer.from(text) }, NOW_MS);
      expect(fault.code).toMatch(/^upstream\./);
    });
  }
}

function expectUnsaid(events: readonly ChatEvent[]): void {
  const faultless = events.filter(({ type }) => type !== 'fault');
  expect(plain(collectEvents(faultless).response.usage.usage)).toEqual(plain(NO_USAGE));
}

function expectGrammar(events: readonly ChatEvent[]): void {
  const rule = brokenRule(events);
  if (rule !== undefined) expect.fail(`${rule}\n${JSON.stringify(plainEvents(events))}`);
}

function mutationsOf(json: JsonValue): readonly Mutation[] {
  return [...withUnknownWord(json), ...withUnknownField(json), ...withOddValue(json)];
}

/** The first frame of each shape: that of the tenth delta is that of the first. */
function forEachShape(frames: readonly Frame[], act: (index: number, json: JsonObject, frame: Frame) => void): void {
  const seen = new Set<string>();
  for (const [index, frame] of frames.entries()) {
    const json = parseJsonOrUndefined(frame.data);
    if (!isJsonObject(json)) continue;
    const shape = `${frame.event} ${JSON.stringify(json).replaceAll(/:(?:"(?:[^"\\]|\\.)*"|-?\d[^,}\]]*)/g, ':')}`;
    if (seen.has(shape)) continue;
    seen.add(shape);
    act(index, json, frame);
  }
}

function replaced(frames: readonly Frame[], index: number, { json }: Mutation): readonly Frame[] {
  return frames.with(index, { event: frames[index]?.event, data: JSON.stringify(json) });
}

/** Says what was done where something fails. */
function during(what: string, act: () => void): void {
  try {
    act();
  } catch (cause) {
    throw new Error(`${what}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`, { cause });
  }
}
