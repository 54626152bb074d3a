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

beforeAll(async () => {
  agent = await makeAgentHome();
  const file = await agent.write('work', 'note.txt', `${NOTE}\n`);
  const usage = { prompt_tokens: 900, completion_tokens: 40, total_tokens: 940, input_tokens: 900, output_tokens: 40 };
  aimock = await startAimock([
    {
      match: { endpoint: 'chat', toolName: 'Read', hasToolResult: false },
      response: { toolCalls: [{ name: 'Read', arguments: { file_path: file } }], reasoning: THOUGHT, usage },
    },
    { match: { endpoint: 'chat', hasToolResult: true }, response: { content: ANSWER, usage } },
    { match: { endpoint: 'chat' }, response: { content: 'A note', usage } },
  ]);
  tap = await startTap(new URL(aimock.baseUrl).origin);
  hub = await startHub({ allow: [`127.0.0.1:${tap.port}`] });
  await connectDialects(hub, tap.url, 'unlisted');
  ({ secret } = await hub.createKey());
});

afterAll(async () => {
  await hub?.stop();
  await tap?.close();
  await aimock?.stop();
  await agent?.remove();
});

/** What Claude Code asks for that these formats have no word for, on the second turn. */
const HINTS = ['context_management', 'endUser', 'tools[].defer_loading'];
const LOSSES: Partial<Readonly<Record<ProviderDialect, readonly string[]>>> = {
  'openai-chat': [...HINTS, 'messages.cache', 'messages.reasoning', 'reasoning.summary'],
  'openai-responses': [...HINTS, 'messages.cache'],
  'anthropic-messages': [],
  'gemini-generate': [...HINTS, 'messages.cache', 'messages.system'],
  // The stand-in gives no signature in this format, and unsigned thoughts cannot go back.
  'bedrock-converse': [...HINTS, 'messages.reasoning', 'reasoning', 'reasoning.summary'],
};

const DIALECTS: readonly ProviderDialect[] = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini-generate',
  'bedrock-converse',
];

describe.each(DIALECTS)('Claude Code at a provider of %s', (dialect) => {
  it('reads a file that the model asks for, and tells what the model makes of it', { timeout: 120_000 }, async () => {
    tap.exchanges.length = 0;
    const model = MODEL_OF[dialect];
    const { code, out, err } = await agent.run(
      '@anthropic-ai/claude-code/cli-wrapper.cjs',
      ['-p', 'Who keeps the lighthouse? Read note.txt.', '--output-format', 'json', '--allowedTools', 'Read'],
      {
        ANTHROPIC_BASE_URL: hub.address,
        ANTHROPIC_API_KEY: secret,
        ANTHROPIC_MODEL: model,
        ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        DISABLE_AUTOUPDATER: '1',
      },
    );
    expect(code, err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ is_error: false, result: ANSWER });
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
