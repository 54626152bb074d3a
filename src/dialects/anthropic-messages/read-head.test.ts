import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { readHead } from './read-head.ts';

const PLAIN: JsonObject = { model: 'm', max_tokens: 8, messages: [{ role: 'user', content: 'Hi.' }] };

function paramOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof GatewayError) return error.param;
  }
  return undefined;
}

describe('the head of a request', () => {
  it('tells the model, whether a stream is wished, and for whom', () => {
    const body = { ...PLAIN, stream: true, metadata: { user_id: 'crew-7' } };
    expect(readHead(body, 'chat')).toEqual({
      model: 'm',
      streamed: true,
      wantsUsage: true,
      manyChoices: false,
      endUser: 'crew-7',
      references: [],
    });
  });

  it('needs the longest length of an answer, but for counting tokens', () => {
    const { max_tokens: _length, ...body } = PLAIN;
    expect(paramOf(() => readHead(body, 'chat'))).toBe('max_tokens');
    expect(readHead({ ...body, stream: true }, 'count-tokens')).toMatchObject({ model: 'm', streamed: false });
    expect(readHead({ ...body, max_tokens: 0 }, 'chat').model).toBe('m');
  });

  it.each([
    ['model', { ...PLAIN, model: 7 }],
    ['max_tokens', { ...PLAIN, max_tokens: -1 }],
    ['stream', { ...PLAIN, stream: 'yes' }],
    ['metadata', { ...PLAIN, metadata: 'crew' }],
  ])('names `%s` where it is wrong', (param, body) => {
    expect(paramOf(() => readHead(body, 'chat'))).toBe(param);
  });

  it('finds everything that the provider keeps, however deep it stands', () => {
    const file = (id: string): JsonObject => ({ type: 'document', source: { type: 'file', file_id: id } });
    const body: JsonObject = {
      ...PLAIN,
      container: { id: 'container_1', skills: [] },
      thread: { type: 'continue', previous_message_id: 'msg_1' },
      messages: [
        { role: 'user', content: [file('file_1'), { type: 'container_upload', file_id: 'file_2' }] },
        {
          role: 'assistant',
          content: [
            { type: 'bash_code_execution_tool_result', content: { content: [{ file_id: 'file_3' }] } },
            'odd',
            { type: 'text', text: 'Hi.' },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [file('file_4')] }] },
        'odd',
      ],
    };
    expect(readHead(body, 'chat').references).toEqual([
      { id: 'container_1', field: 'container.id' },
      { id: 'msg_1', field: 'thread.previous_message_id' },
      { id: 'file_1', field: 'messages[0].content[0].source.file_id' },
      { id: 'file_2', field: 'messages[0].content[1].file_id' },
      { id: 'file_3', field: 'messages[1].content[0].content.content[0].file_id' },
      { id: 'file_4', field: 'messages[2].content[0].content[0].source.file_id' },
    ]);
    expect(readHead({ ...PLAIN, container: 'container_2' }, 'chat').references).toEqual([
      { id: 'container_2', field: 'container' },
    ]);
    const skills = [
      { type: 'anthropic', skill_id: 'pptx' },
      { type: 'custom', skill_id: 'skill_1', version: 'latest' },
    ];
    expect(readHead({ ...PLAIN, container: { skills } }, 'chat').references).toEqual([
      { id: 'skill_1', field: 'container.skills[1].skill_id' },
    ]);
  });
});
