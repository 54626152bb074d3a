/** What is sent and answered in the benchmarks: a 1.2 KB chat request, an answer of about 1 KB, a stream of 100 events. */

const REQUEST_BYTES = 1_200;
const ANSWER_TEXT_BYTES = 700;
const CONTENT_EVENTS = 97;
/** The model that every target is asked for, without a provider's prefix. */
export const BENCH_MODEL = 'bench-model';

const PROSE = 'The quick hub relays what it is given and keeps count of every token that passes through it. ';
const ENVELOPE = {
  created: 1_770_000_000,
  model: BENCH_MODEL,
  system_fingerprint: 'fp_bench',
  service_tier: 'default',
};
const USAGE = {
  prompt_tokens: 260,
  completion_tokens: CONTENT_EVENTS,
  total_tokens: 260 + CONTENT_EVENTS,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
};

/** The wire formats in which a target may be called. */
export type CallerFormat = 'openai' | 'anthropic';

/** The body of a request of 1,200 bytes. `model` carries the prefix that the target wants. */
export function requestBody(model: string, kind: 'whole' | 'stream', format: CallerFormat): string {
  const build = (text: string): string =>
    format === 'anthropic'
      ? anthropicBody(model, kind, text)
      : JSON.stringify({
          model,
          temperature: 0.7,
          max_tokens: 256,
          // Asked for outright, so that every target relays the same hundred events.
          ...(kind === 'stream' ? { stream: true, stream_options: { include_usage: true } } : {}),
          messages: [
            { role: 'system', content: 'You answer briefly.' },
            { role: 'user', content: text },
          ],
        });
  const missing = REQUEST_BYTES - build('').length;
  return build(PROSE.repeat(Math.ceil(missing / PROSE.length)).slice(0, missing));
}

function anthropicBody(model: string, kind: 'whole' | 'stream', text: string): string {
  return JSON.stringify({
    model,
    temperature: 0.7,
    max_tokens: 256,
    ...(kind === 'stream' ? { stream: true } : {}),
    system: 'You answer briefly.',
    messages: [{ role: 'user', content: text }],
  });
}

/** The answer to a request that does not stream, about one kilobyte. */
export function wholeAnswer(): string {
  const content = PROSE.repeat(Math.ceil(ANSWER_TEXT_BYTES / PROSE.length)).slice(0, ANSWER_TEXT_BYTES);
  const message = { role: 'assistant', content, refusal: null };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }];
  return JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion', ...ENVELOPE, choices, usage: USAGE });
}

/** The frames of a stream: a role, 97 words, the finish with usage following it, and the terminator after them. */
export function streamEvents(): string[] {
  const event = (choices: readonly object[], usage: object | null): string =>
    `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', ...ENVELOPE, choices, usage })}\n\n`;
  const choice = (delta: object, reason: string | null): object[] => [
    { index: 0, delta, logprobs: null, finish_reason: reason },
  ];
  const words = PROSE.trim().split(' ');
  const contents = Array.from({ length: CONTENT_EVENTS }, (_, index) =>
    event(choice({ content: ` ${words[index % words.length] ?? ''}` }, null), null),
  );
  const opening = event(choice({ role: 'assistant', content: '' }, null), null);
  return [opening, ...contents, event(choice({}, 'stop'), null), `${event([], USAGE)}data: [DONE]\n\n`];
}

/** The upstream's list of models, for targets that ask for it before they serve. */
export const MODELS_LIST = JSON.stringify({
  object: 'list',
  data: [{ id: BENCH_MODEL, object: 'model', created: 1_770_000_000, owned_by: 'bench' }],
});
