import { expect, test } from 'vitest';
import { GatewayError } from '../../kernel/errors.ts';
import { NO_QUIRKS } from '../../protocol/deployment.ts';
import { readJsonBody } from '../json-request.ts';
import { passThrough } from './pass-through.ts';
import { readHead } from './read-head.ts';

const LIMITS = { depthMax: 64, keysPerObjectMax: 100 };
const TARGET = {
  upstreamModel: 'gpt-5-mini',
  path: '/v1/responses',
  quirks: NO_QUIRKS,
  facts: {
    displayName: undefined,
    contextTokens: undefined,
    maxOutputTokens: undefined,
    inputModalities: undefined,
    outputModalities: undefined,
    embeddingDimensions: undefined,
    createdAt: undefined,
  },
  newId: (prefix: string) => `${prefix}_1`,
};

function patched(text: string): string {
  const raw = Buffer.from(text);
  const { body, spans } = readJsonBody(raw, LIMITS);
  const { call, losses } = passThrough.patchRequest({ ...readHead(body), raw, body, spans }, TARGET);
  expect(losses).toEqual([]);
  expect(call).toMatchObject({ path: '/v1/responses', headers: {} });
  return call.body.toString();
}

test('only the model’s name changes', () => {
  const request = (model: string): string =>
    `{ "store": true,\t"seed":12345678901234567890, "model" : "${model}" ,"temperature":1.0,"odd":{"model":"x"},"input":"\\u00e9 é"}`;
  expect(patched(request('hub/mini'))).toBe(request('gpt-5-mini'));
});

test('a request for the very model goes on as it came', () => {
  const request = '{"model":"gpt-5-mini","input":[{"type":"reasoning","id":"rs_1"}],"background":false}';
  expect(patched(request)).toBe(request);
});

test('nothing is added behind a finished stream', () => {
  expect(passThrough.terminator).toBe('');
});

const whole = (response: object): Buffer =>
  Buffer.from(JSON.stringify({ object: 'response', output: [], ...response }));

test('an answer tells its usage, its model, why it ended and what is kept', () => {
  const output = [
    { id: 'rs_1', type: 'reasoning', summary: [] },
    { id: 'ci_1', type: 'code_interpreter_call', container_id: 'cntr_1' },
  ];
  const read = passThrough.readResponse(
    whole({
      id: 'resp_1',
      status: 'completed',
      model: 'gpt-5-mini-2025-08-07',
      output,
      conversation: { id: 'conv_1' },
      usage: { input_tokens: 5, output_tokens: 2, total_tokens: 7 },
    }),
    'chat',
  );
  expect(read).toMatchObject({
    usage: { usage: { inputTokens: 5, outputTokens: 2 } },
    servedModel: 'gpt-5-mini-2025-08-07',
    finishReason: 'completed',
    contentCharacters: 0,
    held: ['resp_1', 'conv_1', 'rs_1', 'ci_1', 'cntr_1'],
  });
});

test('an answer that is not kept leaves nothing behind, and one without usage is measured', () => {
  const output = [{ id: 'msg_1', type: 'message', content: [{ type: 'output_text', text: 'Oban.' }] }];
  const read = passThrough.readResponse(whole({ id: 'resp_1', store: false, status: 'completed', output }), 'chat');
  expect(read.held).toEqual([]);
  expect(read.contentCharacters).toBeGreaterThan('Oban.'.length);
});

test('an answer that failed is the fault that it carries', () => {
  const failed = whole({ status: 'failed', error: { code: 'rate_limit_exceeded', message: 'Slow down.' } });
  expect(() => passThrough.readResponse(failed, 'chat')).toThrow(
    expect.objectContaining({ code: 'upstream.rate_limited' }),
  );
  expect(() => passThrough.readResponse(Buffer.from('<html>'), 'chat')).toThrow(GatewayError);
});
