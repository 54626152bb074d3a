import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aimock, startAimock } from '../support/aimock.ts';
import { requestDetail, textOf, usageRecords } from '../support/hub-calls.ts';
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
const ANSWER = 'The keeper is Wen, says the note.';
const RUN_TIMEOUT_MS = 120_000;

beforeAll(async () => {
  agent = await makeAgentHome();
  await agent.write('work', 'note.txt', `${NOTE}\n`);
  const usage = { prompt_tokens: 900, completion_tokens: 40, total_tokens: 940, input_tokens: 900, output_tokens: 40 };
  aimock = await startAimock([
    {
      match: { endpoint: 'chat', toolName: 'exec_command', hasToolResult: false },
      response: { toolCalls: [{ name: 'exec_command', arguments: { cmd: 'cat note.txt' } }], usage },
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

const DIALECTS: readonly ProviderDialect[] = [
  'openai-responses',
  'openai-chat',
  'anthropic-messages',
  'gemini-generate',
  'bedrock-converse',
];

describe.each(DIALECTS)('Codex at a provider of %s', (dialect) => {
  it('runs a command that the model asks for, and tells what the model makes of it', { timeout: RUN_TIMEOUT_MS }, async () => {
    tap.exchanges.length = 0;
    const model = MODEL_OF[dialect];
    const { code, out, err } = await agent.run(
      '@openai/codex/bin/codex.js',
      ['exec', '--skip-git-repo-check', '--sandbox', 'danger-full-access', '-m', model, 'Who keeps the lighthouse? Read note.txt.'],
      { HUB_KEY: secret },
    );
    console.log(dialect, code, out.slice(0, 600), err.slice(-2500));
    console.log(tap.exchanges.map((e) => `${e.path} ${e.status} ${e.body.length} ${e.body.slice(0, 30)} ${e.body.slice(-300)}`).join('\n'));
    expect(code, err).toBe(0);
    expect(out).toContain(ANSWER);
  });
});
