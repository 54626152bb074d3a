import { describe, expect, test } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import type { InputPart } from '../protocol/chat-parts.ts';
import { type ChatRequest, PLAIN_CHAT } from '../protocol/chat-request.ts';
import { createInlineMedia, type FetchedMedia, type Fetching } from './inline-media.ts';

const NOTHING = { imageUrls: false, fileUrls: false };
const EVERYTHING = { imageUrls: true, fileUrls: true };
const MIB = 1024 * 1024;

const picture = (url: string): InputPart => ({ type: 'image', source: { from: 'url', url } });
const file = (url: string): InputPart => ({ type: 'file', source: { from: 'url', url } });
const pictures = (count: number): InputPart[] =>
  Array.from({ length: count }, (_, index) => picture(`https://a.test/${index}`));
const chatOf = (...parts: readonly InputPart[]): ChatRequest => ({
  ...PLAIN_CHAT,
  messages: [
    { role: 'user', parts },
    { role: 'tool', callId: 'c1', parts },
  ],
});

/** What one request fetches, with room for so many bytes. */
function fetching(bytesMax = Number.POSITIVE_INFINITY, signal = new AbortController().signal): Fetching {
  let left = bytesMax;
  return {
    room: {
      take: (bytes) => {
        left -= bytes;
        return left < 0 ? new GatewayError('hub.overloaded') : undefined;
      },
      signal,
    },
    fetched: new Map<string, FetchedMedia>(),
  };
}

/** A fetch that counts, and answers with the address itself. */
function countingFetch() {
  const fetched: string[] = [];
  let atOnce = 0;
  let atOnceMax = 0;
  const inline = createInlineMedia(async (url, room) => {
    fetched.push(url);
    atOnce += 1;
    atOnceMax = Math.max(atOnceMax, atOnce);
    await Promise.resolve();
    atOnce -= 1;
    const refusal = room?.take(url.length);
    if (refusal !== undefined) throw refusal;
    return { mediaType: 'image/png', data: url };
  });
  return { fetched, inline, atOnceMax: () => atOnceMax };
}

describe('pictures and files given by address', () => {
  test('are left to a provider that fetches them itself', async () => {
    const { fetched, inline } = countingFetch();
    const chat = chatOf(picture('https://a.test/1'), file('https://a.test/2'));
    expect(await inline(chat, EVERYTHING, fetching())).toBe(chat);
    expect(fetched).toEqual([]);
  });

  test('are fetched once each for one that takes bytes alone', async () => {
    const { fetched, inline } = countingFetch();
    const inlined = await inline(
      chatOf(picture('https://a.test/1'), { type: 'text', text: 'see' }),
      NOTHING,
      fetching(),
    );
    expect(fetched).toEqual(['https://a.test/1']);
    const source = { from: 'base64', mediaType: 'image/png', data: 'https://a.test/1' };
    for (const { parts } of inlined.messages) {
      expect(parts).toEqual([
        { type: 'image', source },
        { type: 'text', text: 'see' },
      ]);
    }
  });

  test('are fetched once for a request, however many providers are asked in turn', async () => {
    const { fetched, inline } = countingFetch();
    const once = fetching();
    const chat = chatOf(picture('https://a.test/1'));
    expect(await inline(chat, NOTHING, once)).toEqual(await inline(chat, NOTHING, once));
    expect(fetched).toHaveLength(1);
  });

  test('are told apart: a provider may take addresses of pictures and of no files', async () => {
    const { fetched, inline } = countingFetch();
    const chat = chatOf(picture('https://a.test/1'), file('https://a.test/2'));
    await inline(chat, { imageUrls: true, fileUrls: false }, fetching());
    expect(fetched).toEqual(['https://a.test/2']);
  });

  test('are left where the provider alone can read the address', async () => {
    const { fetched, inline } = countingFetch();
    const takesUrl = (url: string): boolean => url.startsWith('https://videos.test/');
    const chat = chatOf(file('https://videos.test/1'), file('https://a.test/2'));
    await inline(chat, { ...NOTHING, takesUrl }, fetching());
    expect(fetched).toEqual(['https://a.test/2']);
  });

  test('are asked for a few at a time', async () => {
    const { fetched, inline, atOnceMax } = countingFetch();
    await inline(chatOf(...pictures(32)), NOTHING, fetching());
    expect(fetched).toHaveLength(32);
    expect(atOnceMax()).toBe(4);
  });

  test('are refused where they are too many, and none is fetched or left as an address', async () => {
    const { fetched, inline } = countingFetch();
    await expect(inline(chatOf(...pictures(33)), NOTHING, fetching())).rejects.toMatchObject({
      code: 'request.media_unreachable',
      message: expect.stringContaining('at most 32'),
    });
    expect(fetched).toEqual([]);
    expect(await inline(chatOf(...pictures(33)), EVERYTHING, fetching())).toMatchObject({ messages: [{}, {}] });
  });
});

describe('what is fetched', () => {
  test('takes room as it comes, and there may be none', async () => {
    const { fetched, inline } = countingFetch();
    const refusal = inline(chatOf(...pictures(20)), NOTHING, fetching(60));
    await expect(refusal).rejects.toMatchObject({ code: 'hub.overloaded' });
    expect(fetched.length).toBeLessThan(20);
  });

  test('is bounded for one request, however much room the hub has', async () => {
    const inline = createInlineMedia(async (_url, room) => {
      const refusal = room?.take(16 * MIB);
      if (refusal !== undefined) throw refusal;
      return { mediaType: 'image/png', data: '' };
    });
    expect(await inline(chatOf(...pictures(4)), NOTHING, fetching())).toBeDefined();
    await expect(inline(chatOf(...pictures(5)), NOTHING, fetching())).rejects.toMatchObject({
      code: 'request.media_unreachable',
    });
  });

  test('fails the request where one cannot be had, and ends the others', async () => {
    const signals: AbortSignal[] = [];
    const inline = createInlineMedia((url, room) => {
      if (room !== undefined) signals.push(room.signal);
      return url.endsWith('/2') ? Promise.reject(new Error('unreachable')) : new Promise(() => undefined);
    });
    await expect(inline(chatOf(...pictures(4)), NOTHING, fetching())).rejects.toThrow('unreachable');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true, true]);
  });

  test('is given up with the caller', async () => {
    const gone = new AbortController();
    const inline = createInlineMedia(
      (_url, room) =>
        new Promise((_, reject) => room?.signal.addEventListener('abort', () => reject(new Error('gone')))),
    );
    const inlining = inline(chatOf(picture('https://a.test/1')), NOTHING, fetching(10, gone.signal));
    gone.abort();
    await expect(inlining).rejects.toThrow('gone');
  });
});
