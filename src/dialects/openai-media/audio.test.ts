import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../kernel/json.ts';
import { NO_USAGE, UNSAID_USAGE, type Usage } from '../../protocol/usage.ts';
import { AudioStreamWatcher, assertNoFault, readTranscription } from './audio.ts';
import { readAudioUsage } from './audio-usage.ts';

const used = (usage: Partial<Usage>): Usage => ({ ...NO_USAGE, ...usage });

function read(answer: JsonObject | string, format?: string): ReturnType<typeof readTranscription> {
  const body = Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer));
  return readTranscription(body, { body: format === undefined ? {} : { response_format: format } });
}

describe('what a transcription used', () => {
  test.each<[string, JsonObject | string, string | undefined, Partial<Usage>, 'estimated' | undefined]>([
    [
      'tokens, of which those of sound are counted apart',
      {
        text: 'hi',
        usage: { type: 'tokens', input_tokens: 50, input_token_details: { audio_tokens: 40 }, output_tokens: 5 },
      },
      'json',
      { inputTokens: 10, audioInputTokens: 40, outputTokens: 5 },
      undefined,
    ],
    ['seconds', { text: 'hi', usage: { type: 'duration', seconds: 9 } }, undefined, { seconds: 9 }, undefined],
    ['the duration of a verbose answer', { text: 'hi', duration: 8.47 }, 'verbose_json', { seconds: 8.47 }, undefined],
    ['a duration as a string', { text: 'hi', duration: '8.47' }, 'verbose_json', { seconds: 8.47 }, undefined],
    ['the last time of captions', '1\n00:00:00,000 --> 01:00:02,500\nhi\n', 'srt', { seconds: 3602.5 }, 'estimated'],
    ['the last time without hours', 'WEBVTT\n\n00:00.000 --> 01:02.250\nhi\n', 'vtt', { seconds: 62.25 }, 'estimated'],
    ['nothing for a plain text, even one that tells a time', 'at 00:01:02.500 he came', 'text', {}, undefined],
    ['nothing where the answer tells nothing', { text: 'hi' }, 'json', {}, undefined],
    ['nothing for captions without any', 'WEBVTT\n', 'vtt', {}, undefined],
  ])('%s', (_what, answer, format, usage, basis) => {
    const { usage: told } = read(answer, format);
    expect(told).toMatchObject({ usage: used(usage), anomalies: [] });
    expect(told.basis).toBe(basis);
  });

  test('counts that cannot be are left out and noted', () => {
    expect(readAudioUsage({ input_tokens: -1, output_tokens: 1.5 }, 'input')).toEqual({
      usage: NO_USAGE,
      anomalies: ['negative:input_tokens', 'not_whole:output_tokens'],
    });
    expect(readAudioUsage({ type: 'duration', seconds: 'long' }, 'input').anomalies).toEqual(['not_a_number:seconds']);
    expect(readAudioUsage([], 'input').anomalies).toEqual(['not_an_object:usage']);
    expect(readAudioUsage(null, 'input')).toBe(UNSAID_USAGE);
  });

  test('an error in the place of a text is the provider’s fault', () => {
    expect(() => read({ error: { message: 'too short', code: 'bad' } })).toThrow(
      expect.objectContaining({ code: 'upstream.error', upstream: expect.objectContaining({ message: 'too short' }) }),
    );
    expect(() => assertNoFault(Buffer.from('{"error":"no voice"}'))).toThrow('The provider failed.');
    expect(() => assertNoFault(Buffer.from('{"error":null}'))).not.toThrow();
    expect(() => assertNoFault(Buffer.from([0xff, 0xfb, 0x90]))).not.toThrow();
  });
});

describe('a stream of sound or of its text', () => {
  const watch = (...events: string[]): AudioStreamWatcher => {
    const watcher = new AudioStreamWatcher();
    for (const event of events) watcher.look(event);
    return watcher;
  };
  const delta = JSON.stringify({ type: 'transcript.text.delta', delta: 'hello' });

  test('passes on, is counted, and ends with what was used', () => {
    const watcher = watch(delta, delta);
    expect(watcher).toMatchObject({ contentEvents: 2, contentBytes: 10, isFinished: false, usage: UNSAID_USAGE });
    const usage = { type: 'tokens', input_tokens: 9, input_token_details: { audio_tokens: 8 }, output_tokens: 3 };
    const done = JSON.stringify({ type: 'transcript.text.done', text: 'hello', usage });
    expect(watcher.look(done)).toEqual({ kind: 'terminator' });
    expect(watcher.isFinished).toBe(true);
    expect(watcher.usage.usage).toEqual(used({ inputTokens: 1, audioInputTokens: 8, outputTokens: 3 }));
  });

  test('of speech tells the tokens of sound that were made', () => {
    const watcher = watch(
      JSON.stringify({ type: 'speech.audio.done', usage: { input_tokens: 4, output_tokens: 20, total_tokens: 24 } }),
    );
    expect(watcher.usage.usage).toEqual(used({ inputTokens: 4, audioOutputTokens: 20 }));
  });

  test('keeps what the request told where its end tells nothing', () => {
    const known = { usage: used({ characters: 7 }), anomalies: [], basis: 'estimated' as const };
    const watcher = new AudioStreamWatcher(known);
    watcher.look(JSON.stringify({ type: 'speech.audio.done' }));
    expect(watcher).toMatchObject({ isFinished: true, usage: known });
  });

  test('may end as a chat does', () => {
    const watcher = watch(delta);
    expect(watcher.look('[DONE]')).toEqual({ kind: 'terminator' });
    expect(watcher.isFinished).toBe(true);
  });

  test('that breaks off is not finished', () => {
    expect(watch(delta).isFinished).toBe(false);
  });

  test.each([
    ['a comment', '', { kind: 'forward' }],
    ['an event of a kind that is not known', '{"type":"transcript.text.segment","id":1}', { kind: 'forward' }],
    ['no JSON', '{"type":', { kind: 'garbage' }],
    ['no object', '7', { kind: 'garbage' }],
    ['an error', '{"error":{"message":"gone"}}', { kind: 'fault' }],
  ])('%s', (_what, data, verdict) => {
    expect(new AudioStreamWatcher().look(data)).toMatchObject(verdict);
  });
});
