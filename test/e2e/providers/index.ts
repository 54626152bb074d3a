import { deepseek, doubao, openai, xai } from './openai-format.ts';
import { amazonBedrock, anthropic, google } from './own-formats.ts';
import type { ProviderCase } from './provider-case.ts';
import { ollama, openrouter, poe } from './resellers.ts';

/** The providers whose pages are in docs/providers/. */
export const PROVIDER_CASES: readonly ProviderCase[] = [
  openai,
  anthropic,
  amazonBedrock,
  google,
  deepseek,
  ollama,
  openrouter,
  xai,
  doubao,
  poe,
];
