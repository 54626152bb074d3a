import { describe, expect, it } from 'vitest';
import type { Citation, Opaque } from '../../protocol/chat-parts.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import { decodeCallId, encodeCallId, safeCallId } from './call-ids.ts';
import { decodeCitation, encodeCitation } from './citations.ts';
import { encodeTokenCount } from './count-tokens.ts';
import { decodeResponse } from './decode-response.ts';
import { encodeUsage } from './encode-usage.ts';
import { readUsage } from './usage.ts';

describe('ids of calls', () => {
  const signature: Opaque = { dialect: 'gemini-generate', kind: 'signature', value: 'naïve ✓ signature' };

  it.each(['toolu_01A', 'functions.weather:0', 'čaj', '', 'hubid_x', 'a b'])('carries %j there and back', (id) => {
    for (const opaque of [undefined, signature]) {
      const encoded = encodeCallId(id, opaque);
      expect(encoded).toMatch(/^[a-zA-Z0-9_-]+$/);
      expect(decodeCallId(encoded)).toEqual({ id, opaque });
    }
  });

  it('leaves an id that is safe as it is, and gives every other always the same form', () => {
    expect(safeCallId('call_1-b')).toBe('call_1-b');
    expect(safeCallId('functions.weather:0')).toBe(safeCallId('functions.weather:0'));
    expect(safeCallId('functions.weather:0')).not.toBe(safeCallId('functions.weather:1'));
  });
});

describe('citations', () => {
  const citation: Citation = {
    kind: 'url',
    url: 'https://a.example',
    title: undefined,
    citedText: 'out of order',
    startIndex: 3,
    endIndex: 9,
    raw: { type: 'url_citation' },
    dialect: 'openai-chat',
  };

  it('come back as they were, though the caller has another form for them', () => {
    const encoded = encodeCitation(citation);
    expect(encoded).toMatchObject({ type: 'web_search_result_location', url: 'https://a.example' });
    expect(decodeCitation(encoded)).toEqual(citation);
  });

  it.each(['hub1.', 'hub1.e30', 'hub1.bm90IGpzb24', 'hub1.W10'])(
    'are read as the caller’s own where %s carries none',
    (index) => {
      const raw = { type: 'web_search_result_location', url: 'https://b.example', encrypted_index: index };
      expect(decodeCitation(raw)).toMatchObject({ dialect: 'anthropic-messages', url: 'https://b.example', raw });
    },
  );

  it('of a search result whose source is no address name none', () => {
    const raw = { type: 'search_result_location', source: 'almanac, page 3', cited_text: 'Neaps' };
    expect(decodeCitation(raw)).toMatchObject({ kind: 'document', url: undefined, citedText: 'Neaps' });
  });
});

describe('numbers', () => {
  it('of a call keep all of their digits', () => {
    const answer =
      '{"content":[{"type":"tool_use","id":"t","name":"n","input":{"id":90071992547409931234}}],"stop_reason":"tool_use"}';
    const events = decodeResponse(Buffer.from(answer));
    expect(events).toContainEqual({ type: 'block-delta', block: 0, text: '{"id":90071992547409931234}' });
  });

  it('of sound and pictures count as input and output, for which there are no other classes', () => {
    const usage = { ...NO_USAGE, inputTokens: 1, audioInputTokens: 2, imageInputTokens: 4, outputTokens: 8 };
    const encoded = encodeUsage({ ...usage, reasoningTokens: 16, audioOutputTokens: 32, imageOutputTokens: 64 });
    expect(encoded).toMatchObject({
      input_tokens: 7,
      output_tokens: 120,
      output_tokens_details: { thinking_tokens: 16 },
    });
  });

  it('of usage are each read once, and given back as they were', () => {
    const usage = {
      ...NO_USAGE,
      inputTokens: 3,
      cachedInputTokens: 5,
      cacheWrite5mTokens: 7,
      cacheWrite1hTokens: 11,
      outputTokens: 13,
      reasoningTokens: 17,
      toolCalls: 19,
    };
    expect(readUsage(encodeUsage(usage))).toEqual({ usage, anomalies: [] });
  });

  it('of thinking that exceed the output are odd', () => {
    const read = readUsage({ input_tokens: 1, output_tokens: 5, output_tokens_details: { thinking_tokens: 9 } });
    expect(read.anomalies).toEqual(['part_exceeds_whole:output_tokens']);
    expect(read.usage).toMatchObject({ outputTokens: 0, reasoningTokens: 5 });
  });

  it('of tokens counted beforehand are told as input', () => {
    expect(encodeTokenCount(42)).toEqual({ input_tokens: 42 });
  });
});
