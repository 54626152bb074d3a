import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { takeQueryKey } from './query-key.ts';

function taken(url: string, header?: string): { readonly url: string; readonly key: unknown } {
  const request = new IncomingMessage(new Socket());
  request.url = url;
  if (header !== undefined) request.headers['x-goog-api-key'] = header;
  return { url: takeQueryKey(request), key: request.headers['x-goog-api-key'] };
}

describe('a key in an address', () => {
  it.each([
    ['/v1beta/models', '/v1beta/models', undefined],
    ['/v1beta/models?key=sk-hub-a', '/v1beta/models', 'sk-hub-a'],
    ['/v1beta/models/m:x?alt=sse&key=a%2Bb', '/v1beta/models/m:x?alt=sse', 'a+b'],
    ['/v1beta/models/m:x?key=a&key=b&alt=sse', '/v1beta/models/m:x?alt=sse', 'a'],
    ['/v1beta/models/m:x?alt=sse', '/v1beta/models/m:x?alt=sse', undefined],
  ])('%s becomes %s', (url, left, key) => {
    expect(taken(url)).toEqual({ url: left, key });
  });

  it('is left out where a header holds one, which counts', () => {
    expect(taken('/v1beta/models?key=b', 'a')).toEqual({ url: '/v1beta/models', key: 'a' });
  });
});
