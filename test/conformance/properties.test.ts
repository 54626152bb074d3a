import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectEvents } from '../../src/dialects/collect.ts';
import { emitResponse } from '../../src/dialects/emit.ts';
import { DIALECTS } from '../../src/dialects/index.ts';
import { isJsonObject, parseJson } from '../../src/kernel/json.ts';
import type { ChatEvent, ChatResponse } from '../../src/protocol/chat-events.ts';
import { type ChatRequest, PLAIN_CHAT } from '../../src/protocol/chat-request.ts';
import { plain } from './canonical-json.ts';
import { deepFreeze } from './cases.ts';
import { outcomeOf } from './checks/check.ts';
import { encodeEvents } from './checks/stream-checks.ts';
import { framesOf } from './frames.ts';
import { anyAnswer, anyRequest } from './pairs/arbitraries.ts';
import { PROVIDERS } from './pairs/providers.ts';
import { refusalOf } from './pairs/request-cells.ts';
import { answeringOf, inboundFace, outboundFace, targetOf } from './surroundings.ts';

const RUNS = 200;
const ASKED: ChatRequest = {
  ...PLAIN_CHAT,
  streamed: true,
  wantsUsage: true,
  // Some formats show what was thought to those who ask for it.
  reasoning: { effort: undefined, budgetTokens: undefined, enabled: undefined, summary: 'auto' },
};
/** Where the address says that a stream is wanted. */
const STREAM_PATH = /:streamGenerateContent\b/;
const SPOKEN = [...DIALECTS.values()].filter(({ outbound }) => outbound !== undefined).map(({ name }) => name);
const BOTH = SPOKEN.filter((name) => DIALECTS.get(name)?.inbound !== undefined);
const ANSWERING = [...DIALECTS.values()].filter(({ inbound }) => inbound !== undefined).map(({ name }) => name);

describe.each(SPOKEN)('any conversation on its way to %s', (dialect) => {
  const { path = '', model = '', quirks } = PROVIDERS[dialect] ?? {};

  it('becomes a request that a strict provider takes', () => {
    fc.assert(
      fc.property(anyRequest('another-dialect'), (request) => {
        const target = targetOf({ upstreamModel: model, path, quirks });
        const outcome = outcomeOf(() => outboundFace(dialect).encodeRequest(deepFreeze(request), target));
        if ('error' in outcome) expect(outcome.error.code).toMatch(/^request\./);
        else expect(refusalOf(dialect, outcome.value)).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
  });
});

describe.each(
  BOTH.flatMap((dialect) => [dialect, ...BOTH.filter((other) => other !== dialect)].map((from) => [from, dialect])),
)('any conversation of %s told in %s', (from, dialect) => {
  it('is understood as it was meant, but for what is told as lost', () => {
    fc.assert(
      fc.property(anyRequest(from), (request) => {
        const { call, losses } = outboundFace(dialect).encodeRequest(deepFreeze(request), targetOf());
        const lost = new Set(losses.map(({ field }) => field.split('.')[0] ?? ''));
        fc.pre(!lost.has('messages'));
        const body = parseJson(call.body.toString());
        const read = inboundFace(dialect).decodeRequest(isJsonObject(body) ? body : {});
        const decoded = { ...read, streamed: read.streamed || STREAM_PATH.test(call.path) };
        const kept = Object.fromEntries(Object.entries(request).filter(([name]) => !lost.has(name)));
        expect(comparable(decoded, kept)).toEqual(comparable(request, kept));
      }),
      { numRuns: RUNS },
    );
  });
});

describe.each(ANSWERING)('any answer to a caller of %s', (dialect) => {
  it('is the same whole and streamed, but for what is told as lost', () => {
    const decode = DIALECTS.get(dialect)?.outbound;
    fc.assert(
      fc.property(anyAnswer(), (response) => {
        const usage = response.usage.usage;
        const whole = inboundFace(dialect).encodeResponse(deepFreeze(response), usage, answeringOf(ASKED));
        const events = emitResponse(response);
        const { text, losses } = encodeEvents(dialect, events, ASKED);
        expect(text.endsWith('\n\n')).toBe(true);
        if (decode === undefined || whole.losses.length > 0 || losses.length > 0) return;
        const fromWhole = collectEvents(decode.decodeResponse(Buffer.from(JSON.stringify(whole.body)))).response;
        const expected = answered(response, response);
        expect(answered(fromWhole, response)).toEqual(expected);
        const decoder = decode.openDecoder();
        const again: ChatEvent[] = framesOf(text, 'sse').flatMap((frame) => [...decoder.push(frame)]);
        expect(answered(collectEvents([...again, ...decoder.end()]).response, response)).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  });
});

/**
 * What an answer says, as far as the expected one says it: ids, the model's name and the word for the end are the
 * format's own, and some formats tell zeros where nothing was said.
 */
function answered({ choices, usage }: ChatResponse, expected: ChatResponse): unknown {
  const said = Object.entries(expected.usage.usage).filter(([, count]) => count !== undefined);
  return plain({
    choices: choices.map(({ parts, reason }) => ({ parts: parts.map(comparablePart), reason: reason.kind })),
    usage: Object.fromEntries(
      said.map(([name]) => [name, Object.entries(usage.usage).find(([key]) => key === name)?.[1]]),
    ),
  });
}

/** What a request says, as far as the expected one says it: what a format needs in any case is added by default. */
function comparable(request: ChatRequest, expected: Partial<ChatRequest>): unknown {
  const said = Object.entries(expected).filter(([name, value]) => !FORM.has(name) && value !== undefined);
  const own = new Map<string, unknown>(Object.entries(request));
  return plain({
    ...Object.fromEntries(said.map(([name]) => [name, own.get(name)])),
    // No effort is thinking switched off.
    ...(expected.reasoning !== undefined && request.reasoning?.effort === 'none'
      ? { reasoning: { enabled: false } }
      : {}),
    tools: request.tools.map((tool) => (tool.kind === 'function' ? { ...tool, strict: undefined } : tool)),
    // Turns of one role are one turn, whether they were one message or several.
    turns: request.messages.flatMap((message) =>
      message.parts.map((part) => ({
        role: message.role === 'developer' ? 'system' : message.role,
        callId: message.role === 'tool' ? message.callId : undefined,
        part: comparablePart(part),
      })),
    ),
  });
}

/** How a format puts it, and nothing of what is said. */
const FORM: ReadonlySet<string> = new Set(['messages', 'tools', 'extra', 'wantsUsage', 'dialect']);

type AnyPart = ChatRequest['messages'][number]['parts'][number] | ChatResponse['choices'][number]['parts'][number];

/**
 * Arguments are JSON, however it is written; a file's name is its title where there is but one; a picture's detail is
 * `auto` where nothing else is said.
 */
function comparablePart(part: AnyPart): unknown {
  if (part.type === 'file') return { ...part, filename: undefined, title: part.title ?? part.filename };
  if (part.type === 'image') return { ...part, detail: part.detail === 'auto' ? undefined : part.detail };
  return part.type === 'tool-call'
    ? { ...part, arguments: parseJson(part.arguments === '' ? '{}' : part.arguments) }
    : part;
}
