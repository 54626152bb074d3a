import { expect, test } from 'vitest';
import { isJsonObject, parseJson } from '../kernel/json.ts';
import { createSmallestChat } from './smallest-chat.ts';

const write = createSmallestChat((prefix) => `${prefix}_1`);

test.each([
  ['openai-chat', '/chat/completions', 'max_completion_tokens'],
  ['openai-responses', '/responses', 'max_output_tokens'],
  ['anthropic-messages', '/messages', 'max_tokens'],
  ['gemini-generate', '/models/m:generateContent', 'generationConfig'],
  ['bedrock-converse', '/model/m/converse', 'inferenceConfig'],
  ['ollama-chat', '/api/chat', 'options'],
])('a chat of %s is written to %s, with a limit', (dialect, path, limit) => {
  const base = path.replace(/\/m[:/].*$/, '');
  const chat = write({ dialect, path: base }, 'm');
  const body = parseJson(chat?.body ?? 'null');
  expect(chat?.path).toBe(path);
  expect(isJsonObject(body) && body[limit]).toBeTruthy();
});

test('nothing is written in a format in which no provider is asked', () => {
  expect(write({ dialect: 'aigne-chat', path: '/' }, 'm')).toBeUndefined();
  expect(write({ dialect: 'nowhere', path: '/' }, 'm')).toBeUndefined();
});
