import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aimock, startAimock } from '../support/aimock.ts';
import { lossesOf, textOf, usageRecords } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { connectDialects, MODEL_OF, type ProviderDialect } from '../support/provider-scene.ts';
import { startTap, type Tap } from '../support/tap.ts';
import { type AgentHome, makeAgentHome } from './run-agent.ts';

let agent: AgentHome;
let aimock: Aimock;
let tap: Tap;
let hub: HubProcess;
let secret: string;

const NOTE = 'The lighthouse keeper is called Wen.';
const THOUGHT = 'The note will say.';
const ANSWER = 'The keeper is Wen, says the note.';
const RUN_TIMEOUT_MS = 120_000;

beforeAll(async () => {
  agent = await makeAgentHome();
  await agent.write('work', 'note.txt', `${NOTE}\n`);
  const usage = { prompt_tokens: 900, completion_tokens: 40, total_tokens: 940, input_tokens: 900, output_tokens: 40 };
  aimock = await startAimock([
    {
      match: { endpoint: 'chat', toolName: 'exec_command', hasToolResult: false },
      response: {
        toolCalls: [{ name: 'exec_command', arguments: { cmd: 'cat note.txt' } }],
        reasoning: THOUGHT,
        usage,
      },
    },
    { match: { endpoint: 'chat', hasToolResult: true }, response: { content: ANSWER, usage } },
    { match: { endpoint: 'chat' }, response: { content: 'A note', usage } },
  ]);
  tap = await startTap(new URL(aimock.baseUrl).origin);
  hub = await startHub({ allow: [`127.0.0.1:${tap.port}`] });
  await connectDialects(hub, tap.url, 'unlisted');
  ({ secret } = await hub.createKey());
  await agent.write(
    'home',
    '.codex/config.toml',
    [
      'model_provider = "hub"',
      '[model_providers.hub]',
      'name = "AIGNE Hub"',
      `base_url = "${hub.address}/v1"`,
      'env_key = "HUB_KEY"',
      'wire_api = "responses"',
      'request_max_retries = 0',
      'stream_max_retries = 0',
    ].join('\n'),
  );
});

afterAll(async () => {
  await hub?.stop();
  await tap?.close();
  await aimock?.stop();
  await agent?.remove();
});

/** What Codex asks for that these formats have no word for, on the second turn. */
const LOSSES: Partial<Readonly<Record<ProviderDialect, readonly string[]>>> = {
  'openai-responses': [],
  'openai-chat': [
    'client_metadata',
    'messages.reasoning',
    'reasoning.summary',
    'tools[].namespace',
    'tools[].web_search',
  ],
  'anthropic-messages': ['client_metadata', 'promptCacheKey', 'tools[].namespace', 'tools[].web_search'],
  'gemini-generate': ['client_metadata', 'promptCacheKey', 'tools[].namespace', 'tools[].web_search'],
  // The stand-in gives no signature in this format, and unsigned thoughts cannot go back.
  'bedrock-converse': ['client_metadata', 'messages.reasoning', 'promptCacheKey', 'tools[].foreign'],
};

const DIALECTS: readonly ProviderDialect[] = [
  'openai-responses',
  'openai-chat',
  'anthropic-messages',
  'gemini-generate',
  'bedrock-converse',
];

describe.each(DIALECTS)('Codex at a provider of %s', (dialect) => {
  it('runs a command that the model asks for, and tells what the model makes of it', {
    timeout: RUN_TIMEOUT_MS,
  }, async () => {
    tap.exchanges.length = 0;
    const model = MODEL_OF[dialect];
    const { code, out, err } = await agent.run(
      '@openai/codex/bin/codex.js',
      [
        'exec',
        '--skip-git-repo-check',
        '--sandbox',
        'danger-full-access',
        '-m',
        model,
        'Who keeps the lighthouse? Read note.txt.',
      ],
      { HUB_KEY: secret },
    );
    expect(code, err).toBe(0);
    expect(out).toContain(ANSWER);
    const [asked, told, ...others] = tap.exchanges;
    expect(others).toEqual([]);
    expect(asked?.body).toContain('Who keeps the lighthouse?');
    expect(told?.body).toContain(NOTE);
    const records = (await usageRecords(hub)).slice(0, 2);
    for (const record of records) {
      expect(record).toMatchObject({
        requested_model: model,
        status: 'success',
        streamed: true,
        usage: { input_tokens: 900, output_tokens: 40 },
      });
    }
    const [newest] = records;
    const declared = await lossesOf(hub, textOf(newest?.['request_id']));
    expect(declared).toEqual(LOSSES[dialect]?.toSorted());
    expect(told?.body.includes(THOUGHT)).toBe(!declared.includes('messages.reasoning'));
  });
});
