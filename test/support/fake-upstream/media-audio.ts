import type { MediaAnswer, MediaArrived } from './media.ts';
import { sse } from './speech.ts';

/** Sound as OpenAI makes and hears it: https://platform.openai.com/docs/api-reference/audio */

/** Bytes that are no text in any encoding, long enough to come in several pieces. */
export const SOUND = Buffer.from(Array.from({ length: 40_000 }, (_, index) => (index * 197) % 256));
const SOUND_PIECES = 4;
export const SPEECH_USAGE = { input_tokens: 14, output_tokens: 101, total_tokens: 115 };
export const TRANSCRIPT = 'What is said in the recording, naïvely.';
export const TRANSCRIPT_USAGE = {
  type: 'tokens',
  input_tokens: 44,
  input_token_details: { text_tokens: 10, audio_tokens: 34 },
  output_tokens: 12,
  total_tokens: 56,
};
export const SECONDS = 9;
export const CAPTIONS =
  '1\n00:00:00,000 --> 00:00:04,240\nWhat is said\n\n2\n00:00:04,240 --> 00:00:08,960\nin it.\n\n';
export const WEB_CAPTIONS = `WEBVTT\n\n00:00.000 --> 00:08.960\n${TRANSCRIPT}\n`;

export async function answerAudio(arrived: MediaArrived): Promise<MediaAnswer | undefined> {
  if (arrived.method !== 'POST') return undefined;
  if (arrived.path === '/v1/audio/speech') return speech(arrived);
  if (arrived.path === '/v1/audio/transcriptions') return heard(arrived, 'en');
  return arrived.path === '/v1/audio/translations' ? heard(arrived, undefined) : undefined;
}

function speech({ body }: MediaArrived): MediaAnswer {
  const { model, input, voice } = body;
  const name = typeof model === 'string' ? model : undefined;
  if (typeof input !== 'string' || typeof voice !== 'string') return refusal(name, 'Missing required parameter.');
  if (body['stream_format'] !== 'sse') {
    return { model: name, status: 200, headers: { 'content-type': 'audio/mpeg' }, frames: inPieces(SOUND) };
  }
  const delta = JSON.stringify({ type: 'speech.audio.delta', audio: SOUND.toString('base64', 0, 300) });
  const done = JSON.stringify({ type: 'speech.audio.done', usage: SPEECH_USAGE });
  return {
    model: name,
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    frames: [sse(delta, {}), sse(delta, {}), sse(done, {})],
  };
}

async function heard({ raw, headers }: MediaArrived, language: string | undefined): Promise<MediaAnswer> {
  const type = headers['content-type'] ?? '';
  const form = await new Response(new Uint8Array(raw), { headers: { 'content-type': type } }).formData();
  const field = (name: string): string | undefined => {
    const value = form.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const model = field('model');
  if (typeof form.get('file') === 'string' || form.get('file') === null) return refusal(model, 'Missing the file.');
  if (field('stream') === 'true') return streamed(model);
  const text = (contentType: string, frame: string): MediaAnswer => ({
    model,
    status: 200,
    headers: { 'content-type': contentType },
    frames: [frame],
  });
  switch (field('response_format')) {
    case 'text':
      return text('text/plain; charset=utf-8', `${TRANSCRIPT}\n`);
    case 'srt':
      return text('application/x-subrip', CAPTIONS);
    case 'vtt':
      return text('text/vtt', WEB_CAPTIONS);
    case 'verbose_json':
      return text(
        'application/json',
        JSON.stringify({ task: 'transcribe', language, duration: 8.96, text: TRANSCRIPT, segments: [] }),
      );
    case 'json':
    case undefined:
    default: {
      const usage = model?.startsWith('whisper') === true ? { type: 'duration', seconds: SECONDS } : TRANSCRIPT_USAGE;
      return text('application/json', JSON.stringify({ text: TRANSCRIPT, usage }));
    }
  }
}

function streamed(model: string | undefined): MediaAnswer {
  const words = TRANSCRIPT.split(' ').map((word) =>
    JSON.stringify({ type: 'transcript.text.delta', delta: `${word} ` }),
  );
  const done = JSON.stringify({ type: 'transcript.text.done', text: TRANSCRIPT, usage: TRANSCRIPT_USAGE });
  return {
    model,
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    frames: [...words, done].map((data) => sse(data, {})),
  };
}

function inPieces(bytes: Buffer): readonly Buffer[] {
  const size = bytes.length / SOUND_PIECES;
  return Array.from({ length: SOUND_PIECES }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

function refusal(model: string | undefined, message: string): MediaAnswer {
  const error = { message, type: 'invalid_request_error', param: null, code: null };
  return { model, status: 400, headers: { 'content-type': 'application/json' }, frames: [JSON.stringify({ error })] };
}
