import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../kernel/errors.ts';
import { readResponse } from './read-response.ts';

const bytes = (json: unknown): Buffer => Buffer.from(JSON.stringify(json));

function codeOf(body: Buffer): string | undefined {
  try {
    readResponse(body, 'chat');
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
  }
  return undefined;
}

describe('what the records need of a whole answer', () => {
  it('is its usage, its model and its reason', () => {
    const answer = {
      model: 'claude-x',
      content: [{ type: 'text', text: 'Hi.' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 3, cache_read_input_tokens: 4, output_tokens: 5 },
    };
    const read = readResponse(bytes(answer), 'chat');
    expect(read).toMatchObject({ servedModel: 'claude-x', finishReason: 'end_turn', contentCharacters: 0, held: [] });
    expect(read.usage.usage).toMatchObject({ inputTokens: 3, cachedInputTokens: 4, outputTokens: 5 });
  });

  it('is the length of the content where no usage came', () => {
    const read = readResponse(bytes({ content: [{ type: 'text', text: 'Hi.' }] }), 'chat');
    expect(read.contentCharacters).toBe('[{"type":"text","text":"Hi."}]'.length);
    expect(read.usage.usage.inputTokens).toBeUndefined();
  });

  it('is what the provider keeps', () => {
    const block = { type: 'bash_code_execution_tool_result', content: { content: [{ file_id: 'file_1' }] } };
    const answer = { content: [block, block], container: { id: 'container_1' }, usage: {} };
    expect(readResponse(bytes(answer), 'chat').held).toEqual(['container_1', 'file_1']);
  });

  it('is nothing for a count of tokens, which costs nothing', () => {
    const { usage } = readResponse(bytes({ input_tokens: 4711 }), 'count-tokens').usage;
    expect(usage).toMatchObject({ inputTokens: 0, outputTokens: 0 });
  });

  it.each([
    ['', 'upstream.invalid_answer'],
    ['[]', 'upstream.invalid_answer'],
    ['{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', 'upstream.error'],
  ])('refuses %s', (text, code) => {
    expect(codeOf(Buffer.from(text))).toBe(code);
  });
});
