import { describe, expect, it } from 'vitest';
import type { ChatBody } from '../chat-body.ts';
import { toMessages } from './anthropic.ts';
import { codeOf, SDKS } from './index.ts';

const BYTES = 'QUJD'.repeat(100);
const SCHEMA = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] };

/** A conversation with all that the playground can say. */
const BODY: ChatBody = {
  model: 'big',
  messages: [
    { role: 'system', content: 'Be kind.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${BYTES}` } },
        { type: 'file', file: { filename: 'page.pdf', file_data: `data:application/pdf;base64,${BYTES}` } },
      ],
    },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":"it"}' } }],
    },
    { role: 'tool', tool_call_id: 'call_1', content: 'A dot.' },
  ],
  temperature: 0.2,
  seed: 7,
  stop: ['END'],
  reasoning_effort: 'low',
  tools: [{ type: 'function', function: { name: 'look', description: 'Looks.', parameters: { type: 'object' } } }],
  response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: SCHEMA, strict: true } },
};

describe.each(SDKS)('a program for %s', (sdk) => {
  const code = codeOf(sdk, { hub: 'https://hub.example/ai', body: BODY });

  it('holds what was said and set, the hub’s address, and no secret but by its name', () => {
    const parts = [
      'https://hub.example/ai',
      'HUB_KEY',
      'big',
      'Be kind.',
      'What is this?',
      'A dot.',
      'call_1',
      'look',
      '0.2',
      'END',
      'low',
      'boolean',
    ];
    for (const part of parts) expect(code).toContain(part);
  });

  it('leaves the bytes of files to who runs it', () => {
    expect(code).toContain('BASE64_OF_THE_FILE');
    expect(code).not.toContain(BYTES);
  });

  it('says the seed, or that there is none', () => {
    expect(code).toMatch(sdk.startsWith('Anthropic') ? /no seed/ : /seed"?\s*[:=] ?7/);
  });
});

it('words of Python are Python’s', () => {
  const code = codeOf('OpenAI · Python', { hub: 'https://hub.example', body: BODY });
  expect(code).toContain('"content": None');
  expect(code).toContain('"strict": True');
  expect(code).not.toMatch(/\b(?:null|true|false)\b/);
});

it('a quote does not end the body of a command', () => {
  const body: ChatBody = { model: 'm', messages: [{ role: 'user', content: "It's; rm -rf $HOME" }] };
  expect(codeOf('curl', { hub: 'https://hub.example', body })).toContain("It'\\''s; rm -rf $HOME");
});

it('a question in Anthropic’s form has calls and results as blocks', () => {
  expect(toMessages(BODY)).toEqual({
    model: 'big',
    max_tokens: 1024,
    system: 'Be kind.',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'BASE64_OF_THE_FILE' } },
          {
            type: 'document',
            source: { type: 'base64', media_type: 'application/pdf', data: 'BASE64_OF_THE_FILE' },
            title: 'page.pdf',
          },
        ],
      },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1', name: 'look', input: { at: 'it' } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: 'A dot.' }] },
    ],
    temperature: 0.2,
    stop_sequences: ['END'],
    tools: [{ name: 'look', description: 'Looks.', input_schema: { type: 'object' } }],
    output_config: { effort: 'low', format: { type: 'json_schema', schema: SCHEMA } },
  });
});
