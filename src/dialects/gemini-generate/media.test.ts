import { describe, expect, test } from 'vitest';
import { takesUrl } from './media.ts';

describe('addresses that are handed on', () => {
  test.each([
    ['a film', 'https://www.youtube.com/watch?v=abc', undefined],
    ['a short address of a film', 'https://youtu.be/abc', undefined],
    ['a picture whose name tells its type', 'https://a.example/b/c.PNG?size=2#top', undefined],
    ['a document whose type is known', 'https://a.example/download', 'application/pdf'],
  ])('%s', (_, url, mediaType) => {
    expect(takesUrl(url, mediaType)).toBe(true);
  });
});

describe('addresses that have to be fetched', () => {
  test.each([
    [
      'a file of the account behind the hub’s key',
      'https://generativelanguage.googleapis.com/v1beta/files/x',
      'audio/mp3',
    ],
    ['one without encryption', 'http://a.example/b.png', undefined],
    ['a picture of a type that nobody tells', 'https://a.example/200', undefined],
    ['a type that the API does not fetch', 'https://a.example/b.mp3', 'audio/mp3'],
    ['a type that the name contradicts', 'https://a.example/b.png', 'image/heic'],
    ['a host that only looks like another', 'https://generativelanguage.googleapis.com.evil.example/x', undefined],
    ['no address at all', 'youtube.com/watch?v=abc', undefined],
  ])('%s', (_, url, mediaType) => {
    expect(takesUrl(url, mediaType)).toBe(false);
  });
});
