import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectBooked, sentText } from '../support/expect-booked.ts';
import { MODEL_OF, type ProviderDialect, type ProviderScene, setProviderScene } from '../support/provider-scene.ts';
import { type AgentHome, makeAgentHome } from './run-agent.ts';

let scene: ProviderScene;
let agent: AgentHome;

const RUN_TIMEOUT_MS = 120_000;

beforeAll(async () => {
  scene = await setProviderScene();
  agent = await makeAgentHome();
  await agent.write('work', 'aigne.yaml', 'name: coast\ndescription: Knows the coast.\nagents:\n  - keeper.yaml\n');
  await agent.write(
    'work',
    'keeper.yaml',
    [
      'name: keeper',
      'description: Keeps a lighthouse.',
      'instructions: You keep a lighthouse and know its weather.',
      'input_key: message',
      'skills:',
      '  - get_weather.mjs',
    ].join('\n'),
  );
  await agent.write(
    'work',
    'get_weather.mjs',
    [
      'export default function get_weather({ city }) {',
      '  return { report: `Clear at 26 degrees, said the station of ${city}.` };',
      '}',
      "get_weather.description = 'Tells the weather of a city.';",
      'get_weather.input_schema = {',
      "  type: 'object',",
      "  properties: { city: { type: 'string' } },",
      "  required: ['city'],",
      '};',
    ].join('\n'),
  );
});

afterAll(async () => {
  await scene?.close();
  await agent?.remove();
});

beforeEach(() => scene.begin());

const DIALECTS: readonly ProviderDialect[] = ['openai-chat', 'anthropic-messages', 'gemini-generate'];

describe.each(DIALECTS)('aigne run, with a key set by hand, at a provider of %s', (dialect) => {
  it('asks the model, runs the skill that it calls, and shows its answer', { timeout: RUN_TIMEOUT_MS }, async () => {
    const { code, out, err } = await agent.run(
      '@aigne/cli/dist/cli.js',
      ['run', '--path', '.', '--model', `aignehub/${MODEL_OF[dialect]}`, '--message', 'Call get_weather for Taipei.'],
      { AIGNE_HUB_API_URL: scene.hub.address, AIGNE_HUB_API_KEY: scene.secret },
    );
    expect(code, err).toBe(0);
    expect(out).toContain('[get_weather] {"city":"sample “text”"}');
    const [first, second] = await scene.taken(2);
    expectBooked(first);
    expectBooked(second);
    expect(sentText(first)).toContain('You keep a lighthouse and know its weather.');
    expect(sentText(first)).toContain('Tells the weather of a city.');
    expect(sentText(second)).toContain('Clear at 26 degrees, said the station of sample “text”.');
    expect(second?.record).toMatchObject({ streamed: true });
  });
});
