import { describe, expect, test } from 'vitest';
import { readJsonBody } from '../dialects/json-request.ts';
import { exchangeOf } from './testing/exchange.ts';
import { DecodedOnce } from './ways.ts';

const LIMITS = { depthMax: 64, keysPerObjectMax: 10_000 };

/** A request of a caller of that dialect, read but not decoded. */
function asked(dialect: string, body: string): DecodedOnce {
  const exchange = exchangeOf(dialect);
  const raw = Buffer.from(body);
  const json = readJsonBody(raw, LIMITS);
  const head = exchange.caller.face.readHead(json.body, 'chat', undefined);
  const inlineMedia = async (chat: DecodedOnce['chat']) => chat;
  return new DecodedOnce({ ...head, ...json, raw }, exchange, { inlineMedia, takeRoom: () => undefined });
}

describe('a request that is translated', () => {
  test('keeps every digit of what a call was told, where the caller writes it as an object', () => {
    const call = '{"type":"tool_use","id":"toolu_1","name":"track","input":{"order":12345678901234567890}}';
    const messages = `[{"role":"user","content":"Where?"},{"role":"assistant","content":[${call}]}]`;
    const { chat } = asked('anthropic-messages', `{"model":"m","max_tokens":9,"messages":${messages}}`);
    expect(chat.messages[1]?.parts).toEqual([
      expect.objectContaining({ type: 'tool-call', arguments: '{"order":12345678901234567890}' }),
    ]);
  });

  test('reads a number of its own as a number, however long it is', () => {
    const messages = '[{"role":"user","content":"Hi"}]';
    const { chat } = asked('openai-chat', `{"model":"m","seed":12345678901234567890,"messages":${messages}}`);
    expect(chat.seed).toBe(12_345_678_901_234_567_000);
  });
});
