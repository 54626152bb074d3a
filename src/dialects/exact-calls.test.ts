import { describe, expect, test } from 'vitest';
import { type ChatRequest, PLAIN_CHAT } from '../protocol/chat-request.ts';
import type { ModelFacts } from '../protocol/configuration.ts';
import { NO_QUIRKS } from '../protocol/deployment.ts';
import type { OutboundFace, Target } from './contract.ts';
import { DIALECTS } from './index.ts';

const ID = '12345678901234567890';
const ARGUMENTS = `{"order":${ID}}`;
const FACTS: ModelFacts = {
  displayName: undefined,
  contextTokens: undefined,
  maxOutputTokens: undefined,
  inputModalities: undefined,
  outputModalities: undefined,
  embeddingDimensions: undefined,
  createdAt: undefined,
};
const TARGET: Target = {
  upstreamModel: 'model',
  path: '/path',
  quirks: NO_QUIRKS,
  facts: FACTS,
  newId: (prefix) => `${prefix}_1`,
};
const CALLED: ChatRequest = {
  ...PLAIN_CHAT,
  messages: [
    { role: 'user', parts: [{ type: 'text', text: 'Where is it?' }] },
    {
      role: 'assistant',
      parts: [{ type: 'tool-call', id: 'call_1', name: 'track', arguments: ARGUMENTS, kind: 'function' }],
    },
    { role: 'tool', callId: 'call_1', name: 'track', parts: [{ type: 'text', text: 'On its way' }] },
  ],
};
const OUTBOUND = [...DIALECTS].flatMap(([name, { outbound }]): [string, OutboundFace][] =>
  outbound === undefined ? [] : [[name, outbound]],
);

function outboundOf(name: string): OutboundFace {
  const face = DIALECTS.get(name)?.outbound;
  if (face === undefined) throw new Error(`${name} lost its outbound face`);
  return face;
}

/** The text of a call's arguments in an answer. */
function argumentsIn(name: string, body: string): string {
  return outboundOf(name)
    .decodeResponse(Buffer.from(body))
    .map((event) => (event.type === 'block-delta' ? event.text : ''))
    .join('');
}

describe('an id of twenty digits among the arguments of a call', () => {
  test.each(OUTBOUND)('goes back to %s as it was written', (_name, face) => {
    expect(face.encodeRequest(CALLED, TARGET).call.body.toString()).toContain(ID);
  });

  test('comes from Gemini as it was written, whole and streamed', () => {
    const part = `{"functionCall":{"name":"track","args":${ARGUMENTS}}}`;
    const piece = `{"candidates":[{"content":{"parts":[${part}]},"finishReason":"STOP"}]}`;
    expect(argumentsIn('gemini-generate', piece)).toBe(ARGUMENTS);
    const decoder = outboundOf('gemini-generate').openDecoder();
    expect(decoder.push({ event: undefined, data: piece })).toContainEqual({
      type: 'block-delta',
      block: 0,
      text: ARGUMENTS,
    });
  });

  test('comes from Bedrock as it was written', () => {
    const toolUse = `{"toolUse":{"toolUseId":"tooluse_1","name":"track","input":${ARGUMENTS}}}`;
    const answer = `{"output":{"message":{"role":"assistant","content":[${toolUse}]}},"stopReason":"tool_use"}`;
    expect(argumentsIn('bedrock-converse', answer)).toBe(ARGUMENTS);
  });
});
