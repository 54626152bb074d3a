import type { CallableModel } from '../../app/callable.ts';
import type { ChatBody, Part } from './chat-body.ts';

/** What a call will take, roughly: a letter or a sign of Chinese is a token or so, and four Latin letters are one. */
const WIDE = /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/gu;
const LETTERS_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 4;
/** A picture of a megapixel: https://platform.openai.com/docs/guides/images-vision#calculating-costs */
const TOKENS_PER_PICTURE = 765;
/** A page of text in a PDF is about 50 kB and a thousand tokens. */
const FILE_BYTES_PER_TOKEN = 50;
const BASE64_CHARS_PER_BYTE = 4 / 3;
const MILLION = 1e6;

export type Estimate = {
  readonly inputTokens: number;
  /** In dollars; `undefined` where the model has no price. */
  readonly inputUsd: number | undefined;
  /** What the longest answer that is asked for costs; `undefined` where nothing bounds it, too. */
  readonly outputUsdAtMost: number | undefined;
};

export function estimate(body: ChatBody, prices: CallableModel['prices']): Estimate {
  const beside = [body.tools, body.response_format].map((value) => (value === undefined ? '' : JSON.stringify(value)));
  const tokens = body.messages.reduce((sum, { content }) => sum + TOKENS_PER_MESSAGE + contentTokens(content), 0);
  const inputTokens = Math.ceil(tokens + beside.reduce((sum, text) => sum + textTokens(text), 0));
  const [input, output] = [prices?.input_tokens, prices?.output_tokens];
  return {
    inputTokens,
    inputUsd: input === undefined ? undefined : (inputTokens * Number(input)) / MILLION,
    outputUsdAtMost:
      output === undefined || body.max_tokens === undefined ? undefined : (body.max_tokens * Number(output)) / MILLION,
  };
}

function contentTokens(content: string | null | readonly Part[]): number {
  if (content === null) return 0;
  if (typeof content === 'string') return textTokens(content);
  return content.reduce((sum, part) => sum + partTokens(part), 0);
}

function partTokens(part: Part): number {
  if (part.type === 'text') return textTokens(part.text);
  if (part.type === 'image_url') return TOKENS_PER_PICTURE;
  return part.file.file_data.length / BASE64_CHARS_PER_BYTE / FILE_BYTES_PER_TOKEN;
}

function textTokens(text: string): number {
  const wide = text.match(WIDE)?.length ?? 0;
  return wide + (text.length - wide) / LETTERS_PER_TOKEN;
}
