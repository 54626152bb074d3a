import type { ReadRequest, StreamWatcher } from '../../src/dialects/contract.ts';
import { isJsonObject, parseJson } from '../../src/kernel/json.ts';
import { topLevelSpans } from '../../src/kernel/json-spans.ts';
import { charge } from '../../src/metering/charge.ts';
import type { ChatEvent } from '../../src/protocol/chat-events.ts';
import { type ReadUsage, UNSAID_USAGE } from '../../src/protocol/usage.ts';
import { framesOf } from '../conformance/frames.ts';
import { dialectNamed, outboundFace } from '../conformance/surroundings.ts';
import { CARDS, type CardName } from './prices.ts';

/** Reads what an answer used, in each of the ways in which the hub reads answers. */

/** An answer that is translated and came whole. */
export function usageOfWhole(dialect: string, body: string): ReadUsage {
  return lastUsage(outboundFace(dialect).decodeResponse(Buffer.from(body)));
}

/** An answer that is translated as it comes. */
export function usageOfStream(dialect: string, text: string): ReadUsage {
  const { framing, openDecoder } = outboundFace(dialect);
  const decoder = openDecoder();
  const events = framesOf(text, framing).flatMap((frame) => decoder.push(frame));
  return lastUsage([...events, ...decoder.end()]);
}

/** Whether answers of this dialect can pass through as they came. */
export function passesThrough(dialect: string): boolean {
  return dialectNamed(dialect).passThrough !== undefined;
}

/** An answer that passes through whole. */
export function usageOfPassedWhole(dialect: string, body: string): ReadUsage {
  return passThroughOf(dialect).readResponse(Buffer.from(body), 'chat').usage;
}

/** An answer that passes through as it comes: plain events are not looked into. */
export function usageOfPassedStream(dialect: string, text: string): ReadUsage {
  return watch(passThroughOf(dialect).openWatcher(streamRequest(dialect)), text);
}

/** What a watcher says of a stream of server-sent events once it has passed by. @throws Error where it is not finished */
export function watch(watcher: StreamWatcher, text: string): ReadUsage {
  for (const block of text.split('\n\n').slice(0, -1)) {
    const run = `${block}\n\n`;
    if (watcher.isPlain(Buffer.from(run).toString('latin1'))) continue;
    for (const { data } of framesOf(run, 'sse')) {
      const verdict = watcher.look(data);
      if (verdict.kind === 'fault' || verdict.kind === 'garbage') throw new Error(`${verdict.kind}: ${data}`);
    }
  }
  if (!watcher.isFinished) throw new Error('the stream is not finished');
  return watcher.usage;
}

/** What a call that used this costs in nano-dollars; what has no price is named. */
export function costOf({ usage }: ReadUsage, card: CardName = 'by tokens'): bigint | string {
  const { costNano, missing } = charge(CARDS[card], { usage, at: 0 });
  return costNano ?? `unpriced: ${missing.join(', ')}`;
}

/** The sum of all that is counted in tokens. */
export function tokensOf({ usage }: ReadUsage): number {
  return [
    usage.inputTokens,
    usage.cachedInputTokens,
    usage.cacheWrite5mTokens,
    usage.cacheWrite1hTokens,
    usage.audioInputTokens,
    usage.imageInputTokens,
    usage.outputTokens,
    usage.reasoningTokens,
    usage.audioOutputTokens,
    usage.imageOutputTokens,
  ].reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

function lastUsage(events: readonly ChatEvent[]): ReadUsage {
  const fault = events.find((event) => event.type === 'fault');
  if (fault !== undefined) throw fault.error;
  return events.findLast((event) => event.type === 'usage')?.read ?? UNSAID_USAGE;
}

function passThroughOf(dialect: string) {
  const { passThrough } = dialectNamed(dialect);
  if (passThrough === undefined) throw new Error(`answers of ${dialect} do not pass through`);
  return passThrough;
}

/** A caller's request for a stream with usage. */
function streamRequest(dialect: string): ReadRequest {
  const raw = Buffer.from(
    '{"model":"asked-model","max_tokens":64,"stream":true,"stream_options":{"include_usage":true}}',
  );
  const body = parseJson(raw.toString());
  if (!isJsonObject(body)) throw new Error('the request is an object');
  const head = dialectNamed(dialect).inbound?.readHead(body, 'chat', undefined);
  if (head === undefined) throw new Error(`${dialect} is not spoken to the hub`);
  return { ...head, raw, body, spans: topLevelSpans(raw.toString('latin1'), { depthMax: 8, keysPerObjectMax: 8 }) };
}
