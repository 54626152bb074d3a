import { expect } from 'vitest';
import { assertNever } from '../../../src/kernel/assert.ts';
import type { ChatEvent } from '../../../src/protocol/chat-events.ts';
import type { ChatRequest } from '../../../src/protocol/chat-request.ts';
import type { Frame } from '../../../src/protocol/frame.ts';
import type { Loss } from '../../../src/protocol/records.ts';
import { NO_USAGE, type Usage } from '../../../src/protocol/usage.ts';
import { eventsOf, plainEvents } from '../canonical-json.ts';
import type { Case } from '../cases.ts';
import { framesOf } from '../frames.ts';
import { brokenRule } from '../grammar.ts';
import { answeringOf, inboundFace, outboundFace, REQUEST_ID } from '../surroundings.ts';
import { type Check, expectLosses, lossesOf, twice } from './check.ts';
import { requestFor } from './response-checks.ts';

/** What a case asks of streams, by the files that it has. */
export function streamChecks(fixture: Case): readonly Check[] {
  if (!fixture.has('wire.stream.txt') || !fixture.has('canonical.stream.jsonl')) return [];
  const { face } = fixture.meta;
  const checks: Check[] = [];
  if (face !== 'inbound') {
    checks.push(
      { name: 'decode stream', run: () => decode(fixture) },
      { name: 'decode stream cut after every frame', run: () => decodeCut(fixture) },
    );
  }
  if (face !== 'outbound') checks.push({ name: 'encode stream', run: () => encode(fixture) });
  return checks;
}

/** A whole stream as its events. What comes after `finish` or `fault` must be nothing. */
export function decodeFrames(dialect: string, frames: readonly Frame[]): readonly ChatEvent[] {
  const decoder = outboundFace(dialect).openDecoder();
  return [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()];
}

export function streamFramesOf(fixture: Case): readonly Frame[] {
  return framesOf(fixture.text('wire.stream.txt'), outboundFace(fixture.dialect).framing);
}

function decode(fixture: Case): void {
  const frames = streamFramesOf(fixture);
  const events = twice(() => decodeFrames(fixture.dialect, frames));
  expect(plainEvents(events)).toEqual(plainEvents(eventsOf(fixture.text('canonical.stream.jsonl'))));
  expect(brokenRule(events), 'the grammar of events').toBeUndefined();
}

function decodeCut(fixture: Case): void {
  const frames = streamFramesOf(fixture);
  for (let length = 0; length < frames.length; length += 1) {
    const events = decodeFrames(fixture.dialect, frames.slice(0, length));
    const rule = brokenRule(events);
    if (rule !== undefined) {
      expect.fail(`cut after ${length} of ${frames.length} frames: ${rule}\n${JSON.stringify(plainEvents(events))}`);
    }
  }
}

function encode(fixture: Case): void {
  const events = eventsOf(fixture.text('canonical.stream.jsonl'));
  const request = requestFor(fixture, {
    streamed: true,
    wantsUsage: events.some(({ type }) => type === 'usage'),
  });
  const { text, losses } = twice(() => encodeEvents(fixture.dialect, events, request));
  expect(text).toBe(fixture.text('wire.stream.txt'));
  if (fixture.meta.face === 'inbound') expectLosses(losses, lossesOf(fixture, 'response'));
}

/** What the caller gets for these events, the last usage among them being what was booked. */
export function encodeEvents(
  dialect: string,
  events: readonly ChatEvent[],
  request: ChatRequest,
): { readonly text: string; readonly losses: readonly Loss[] } {
  const face = inboundFace(dialect);
  const encoder = face.openEncoder(answeringOf(request));
  let usage: Usage = NO_USAGE;
  let text = '';
  for (const event of events) {
    switch (event.type) {
      case 'usage':
        usage = event.read.usage;
        break;
      case 'finish':
        text += encoder.finish(usage);
        break;
      case 'fault':
        text += face.encodeStreamError(event.error, REQUEST_ID);
        break;
      case 'start':
      case 'block-start':
      case 'block-delta':
      case 'block-transcript':
      case 'block-opaque':
      case 'block-citation':
      case 'block-logprobs':
      case 'block-end':
      case 'choice-end':
      case 'loss':
        text += encoder.push(event);
        break;
      default:
        assertNever(event);
    }
  }
  return { text, losses: encoder.losses };
}
