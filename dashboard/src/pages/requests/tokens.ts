import type { UsageRecord } from '../../api/types.ts';

type Usage = UsageRecord['usage'];

const INPUT = [
  'input_tokens',
  'cached_input_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'audio_input_tokens',
  'image_input_tokens',
] as const;
const OUTPUT = ['output_tokens', 'reasoning_tokens', 'audio_output_tokens', 'image_output_tokens'] as const;

/** Every token that went in, whichever class it is of; `undefined` where none was told. */
export function inputTokens(usage: Usage): number | undefined {
  return sum(INPUT.map((name) => usage[name]));
}

export function outputTokens(usage: Usage): number | undefined {
  return sum(OUTPUT.map((name) => usage[name]));
}

function sum(counts: readonly (number | undefined)[]): number | undefined {
  const told = counts.filter((value) => value !== undefined);
  return told.length === 0 ? undefined : told.reduce((whole, value) => whole + value, 0);
}
