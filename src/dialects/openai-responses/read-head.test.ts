import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../kernel/errors.ts';
import { readHead } from './read-head.ts';

const referencesOf = (body: object): readonly (readonly [string, string])[] =>
  readHead({ model: 'm', ...body }).references.map(({ id, field }) => [id, field]);

test('tells the model, the stream and the end user', () => {
  const head = readHead({ model: 'gpt-5', stream: true, safety_identifier: 'sailor', user: 'old', input: 'Hi' });
  expect(head).toEqual({
    model: 'gpt-5',
    streamed: true,
    wantsUsage: true,
    manyChoices: false,
    endUser: 'sailor',
    references: [],
  });
  expect(readHead({ model: 'gpt-5', user: 'old' })).toMatchObject({ streamed: false, endUser: 'old' });
});

test('refuses an answer in the background, which would have to be fetched', () => {
  expect(() => readHead({ model: 'm', background: true })).toThrow(GatewayError);
  expect(readHead({ model: 'm', background: false }).model).toBe('m');
});

describe('what a provider holds', () => {
  test('state of earlier calls', () => {
    expect(referencesOf({ previous_response_id: 'resp_1', conversation: 'conv_1', prompt: { id: 'pmpt_1' } })).toEqual([
      ['resp_1', 'previous_response_id'],
      ['conv_1', 'conversation'],
      ['pmpt_1', 'prompt.id'],
    ]);
    expect(referencesOf({ conversation: { id: 'conv_2' } })).toEqual([['conv_2', 'conversation.id']]);
    expect(referencesOf({ prompt: { variables: { chart: { type: 'input_file', file_id: 'file_1' } } } })).toEqual([
      ['file_1', 'prompt.variables.chart.file_id'],
    ]);
  });

  test('items and files in the input', () => {
    const input = [
      { type: 'item_reference', id: 'msg_1' },
      { id: 'msg_2' },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'Hi' },
          { type: 'input_image', file_id: 'file_1' },
        ],
      },
      { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_file', file_id: 'file_2' }] },
      { type: 'computer_call_output', call_id: 'c', output: { type: 'computer_screenshot', file_id: 'file_3' } },
      { type: 'code_interpreter_call', id: 'ci_1', container_id: 'cntr_1' },
    ];
    expect(referencesOf({ input })).toEqual([
      ['msg_1', 'input[0].id'],
      ['msg_2', 'input[1].id'],
      ['file_1', 'input[2].content[1].file_id'],
      ['file_2', 'input[3].output[0].file_id'],
      ['file_3', 'input[4].output.file_id'],
      ['cntr_1', 'input[5].container_id'],
    ]);
  });

  test('reasoning only where it does not bring its own content', () => {
    const input = [
      { type: 'reasoning', id: 'rs_1', summary: [] },
      { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: null },
      { type: 'reasoning', id: 'rs_3', summary: [], encrypted_content: 'gAAAA' },
      { type: 'message', id: 'msg_1', role: 'assistant', content: 'Hi' },
      { type: 'function_call', id: 'fc_1', call_id: 'c', name: 'f', arguments: '{}' },
    ];
    expect(referencesOf({ input })).toEqual([
      ['rs_1', 'input[0].id'],
      ['rs_2', 'input[1].id'],
    ]);
  });

  test('stores, containers, files and uploaded skills of tools', () => {
    const skill = (id: string) => ({ type: 'skill_reference', skill_id: id });
    const tools = [
      { type: 'file_search', vector_store_ids: ['vs_1', 'vs_2'] },
      { type: 'code_interpreter', container: 'cntr_1' },
      { type: 'code_interpreter', container: { type: 'auto', file_ids: ['file_1'] } },
      { type: 'shell', environment: { type: 'container_reference', container_id: 'cntr_2' } },
      { type: 'image_generation', input_image_mask: { file_id: 'file_2' } },
      {
        type: 'shell',
        environment: { type: 'container_auto', skills: [skill('openai-spreadsheets'), skill('skill_1')] },
      },
    ];
    expect(referencesOf({ tools })).toEqual([
      ['vs_1', 'tools[0].vector_store_ids[0]'],
      ['vs_2', 'tools[0].vector_store_ids[1]'],
      ['cntr_1', 'tools[1].container'],
      ['file_1', 'tools[2].container.file_ids[0]'],
      ['cntr_2', 'tools[3].environment.container_id'],
      ['file_2', 'tools[4].input_image_mask.file_id'],
      ['skill_1', 'tools[5].environment.skills[1].skill_id'],
    ]);
  });

  test('nothing in what has another form', () => {
    const body = { input: [null, 3, { content: 5, output: null }], tools: [null, { container: 7 }], conversation: 9 };
    expect(referencesOf(body)).toEqual([]);
  });
});
