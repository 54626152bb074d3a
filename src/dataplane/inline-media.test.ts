import { describe, expect, test } from 'vitest';
import type { InputPart } from '../protocol/chat-parts.ts';
import { type ChatRequest, PLAIN_CHAT } from '../protocol/chat-request.ts';
import { createInlineMedia } from './inline-media.ts';

const picture = (url: string): InputPart => ({ type: 'image', source: { from: 'url', url } });
const file = (url: string): InputPart => ({ type: 'file', source: { from: 'url', url } });
const chatOf = (...parts: readonly InputPart[]): ChatRequest => ({
  ...PLAIN_CHAT,
  messages: [
    { role: 'user', parts },
    { role: 'tool', callId: 'c1', parts },
  ],
});

/** A fetch that counts, and answers with the address itself. */
function countingFetch() {
  const fetched: string[] = [];
  const inline = createInlineMedia(async (url) => {
    fetched.push(url);
    return { mediaType: 'image/png', data: url };
  });
  return { fetched, inline };
}

describe('pictures and files given by address', () => {
  test('are left to a provider that fetches them itself', async () => {
    const { fetched, inline } = countingFetch();
    const chat = chatOf(picture('https://a.test/1'), file('https://a.test/2'));
    expect(await inline(chat, { imageUrls: true, fileUrls: true })).toBe(chat);
    expect(fetched).toEqual([]);
  });

  test('are fetched once each for one that takes bytes alone', async () => {
    const { fetched, inline } = countingFetch();
    const inlined = await inline(chatOf(picture('https://a.test/1'), { type: 'text', text: 'see' }), {
      imageUrls: false,
      fileUrls: false,
    });
    expect(fetched).toEqual(['https://a.test/1']);
    const source = { from: 'base64', mediaType: 'image/png', data: 'https://a.test/1' };
    for (const { parts } of inlined.messages) {
      expect(parts).toEqual([
        { type: 'image', source },
        { type: 'text', text: 'see' },
      ]);
    }
  });

  test('are told apart: a provider may take addresses of pictures and of no files', async () => {
    const { fetched, inline } = countingFetch();
    await inline(chatOf(picture('https://a.test/1'), file('https://a.test/2')), { imageUrls: true, fileUrls: false });
    expect(fetched).toEqual(['https://a.test/2']);
  });

  test('are left where the provider alone can read the address', async () => {
    const { fetched, inline } = countingFetch();
    const takesUrl = (url: string): boolean => url.startsWith('https://videos.test/');
    await inline(chatOf(file('https://videos.test/1'), file('https://a.test/2')), {
      imageUrls: false,
      fileUrls: false,
      takesUrl,
    });
    expect(fetched).toEqual(['https://a.test/2']);
  });

  test('fail the request where one cannot be had', async () => {
    const inline = createInlineMedia(() => Promise.reject(new Error('unreachable')));
    await expect(inline(chatOf(picture('https://a.test/1')), { imageUrls: false, fileUrls: true })).rejects.toThrow();
  });
});
