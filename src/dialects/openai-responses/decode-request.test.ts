import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import { decodeRequest } from './decode-request.ts';
import { readHead } from './read-head.ts';

/** A request that has a bit of everything; whatever stands in the place of any value must be refused or read. */
const REQUEST: JsonObject = {
  model: 'm',
  instructions: 'Be brief.',
  stream: true,
  input: [
    { role: 'user', content: [{ type: 'input_text', text: 'Hi', prompt_cache_breakpoint: { mode: 'explicit' } }] },
    { role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'low' }] },
    { role: 'user', content: [{ type: 'input_file', file_data: 'AA==', filename: 'a.pdf' }] },
    { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } }] },
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'hub1.a.b' },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi', annotations: [{ url: 'u' }] }] },
    { type: 'function_call', call_id: 'c_hub1_e30', name: 'f', arguments: '{}', caller: { type: 'direct' } },
    { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'x' }] },
    { type: 'web_search_call', id: 'ws_1' },
  ],
  tools: [
    { type: 'function', name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
    { type: 'custom', name: 'g', format: { type: 'text' } },
    { type: 'web_search' },
  ],
  tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] },
  text: { format: { type: 'json_schema', name: 'n', schema: {} }, verbosity: 'low' },
  reasoning: { effort: 'low', summary: 'auto' },
  include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
  metadata: { a: 'b' },
  top_logprobs: 2,
};

const ODD: readonly JsonValue[] = [null, true, -1.5, '', 'odd', [], [null], [[]], {}, { type: null }, { type: 'odd' }];

/** The request with every one of its values, in turn, put in another's place. */
function* disturbed(value: JsonValue): Generator<JsonValue> {
  for (const odd of ODD) yield odd;
  if (Array.isArray(value)) {
    for (const [index, inner] of value.entries()) {
      for (const other of disturbed(inner)) yield value.with(index, other);
    }
  } else if (isJsonObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (inner === undefined) continue;
      for (const other of disturbed(inner)) yield { ...value, [key]: other };
    }
  }
}

/** Reads the request as far as it can be read. Anything but an error of the catalogue fails the test. */
function refusalOf(body: JsonObject): GatewayError | undefined {
  try {
    readHead(body);
    decodeRequest(body);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
}

test('the request is read as it stands', () => {
  expect(refusalOf(REQUEST)).toBeUndefined();
});

test('whatever stands in the place of a value is read, or refused by its name', () => {
  let refused = 0;
  for (const body of disturbed(REQUEST)) {
    if (!isJsonObject(body)) continue;
    const refusal = refusalOf(body);
    if (refusal === undefined) continue;
    refused += 1;
    expect(refusal.code).toMatch(/^request\.(invalid|not_held)$/);
    expect(refusal.param).toMatch(/\w/);
  }
  expect(refused).toBeGreaterThan(100);
});

test('a body of any shape is read, or refused', () => {
  const value = fc.letrec<{ any: JsonValue }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<JsonValue>(null, true, 0, 'message', 'function', 'user', 'reasoning'),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('type', 'role', 'content', 'name', 'output', 'call_id', 'id'), tie('any')),
    ),
  })).any;
  const body = fc
    .dictionary(fc.constantFrom(...Object.keys(REQUEST)), value)
    .map((fields) => ({ ...fields, model: 'm' }));
  // An error that is not of the catalogue is thrown on, and fails the property.
  fc.assert(
    fc.property(body, (fields) => {
      expect(refusalOf(fields)?.code ?? 'request.read').toMatch(/^request\./);
    }),
    { numRuns: 500 },
  );
});

test('nothing of a request is changed by reading it', () => {
  const before = JSON.stringify(REQUEST);
  decodeRequest(REQUEST);
  expect(JSON.stringify(REQUEST)).toBe(before);
});
