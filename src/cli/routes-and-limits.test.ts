import { beforeEach, describe, expect, it } from 'vitest';
import { startTestCommandLine, type TestCommandLine } from './testing/typed.ts';

let cli: TestCommandLine;
beforeEach(async () => {
  cli = await startTestCommandLine();
});

const json = async (command: readonly string[]) => JSON.parse((await cli.type([...command, '--json'])).out);
const withFile = (text: string) => ({ readFile: async () => text });
const withInput = (text: string) => ({
  input: { isTerminal: false, readAll: async () => text, readHidden: async () => '' },
});

describe('routes', () => {
  const MAKE = ['routes', 'create', 'smart', 'openai/gpt-4.1=3', 'azure/gpt-4.1', '--then', 'a, b=0', '--then', 'c'];

  it('are made of tiers with weights, listed and shown', async () => {
    expect((await cli.type(['routes', 'list'])).out).toContain('aigne-hub route create <name> <model...>');
    const made = await cli.type([...MAKE, '--strategy', 'weighted', '--context-too-long', 'long']);
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(made.out).toMatch(/“smart” is served by openai\/gpt-4\.1=3, azure\/gpt-4\.1 \| a, b=0 \| c\.\n$/);
    expect((await cli.type(['routes', 'list'])).out).toMatchSnapshot();
    const shown = await cli.type(['route', 'show', 'smart']);
    expect(shown.out.replaceAll(/route_\S+/g, 'route_…')).toMatchSnapshot();
    expect(await json(['routes', 'list'])).toMatchObject([
      { strategy: 'weighted', affinity: 'none', fallbacks: { context_too_long: 'long' }, source: 'store' },
    ]);
  });

  it('change in what is typed and keep the rest, and are removed', async () => {
    await cli.type([...MAKE, '--context-too-long', 'long']);
    const update = ['routes', 'update', 'smart'];
    expect((await cli.type([...update, '--affinity', 'key', '--content-filter', 'mild'])).code).toBe(0);
    expect(await json(['route', 'show', 'smart'])).toMatchObject({
      affinity: 'key',
      tiers: [{}, {}, {}],
      fallbacks: { context_too_long: 'long', content_filter: 'mild' },
      revision: 2,
    });
    await cli.type([...update, 'one', '--name', 'clever']);
    expect(await json(['route', 'show', 'clever'])).toMatchObject({ tiers: [{ targets: [{ model: 'one' }] }] });
    expect((await cli.type(['routes', 'delete', 'clever'])).out).toMatch(/“clever” is removed\.\n$/);
    expect(await json(['routes', 'list'])).toEqual([]);
  });

  it('come whole from a file or the standard input, as they are shown', async () => {
    const yaml =
      'tiers:\n  - targets: [{ model: a }]\nrules:\n  - when: { tools: true }\n    tiers: [{ targets: [{ model: b }] }]\n';
    expect((await cli.type(['route', 'create', 'smart', '--file', 'smart.yaml'], withFile(yaml))).code).toBe(0);
    const shown = await json(['route', 'show', 'smart']);
    expect(shown.rules).toMatchObject([{ when: { tools: true } }]);
    const text = JSON.stringify({ ...shown, strategy: 'fastest', rules: [] });
    expect((await cli.type(['route', 'update', 'smart', '--file', '-'], withInput(text))).code).toBe(0);
    expect(await json(['route', 'show', 'smart'])).toMatchObject({ strategy: 'fastest', rules: [] });
    const partly = await cli.type(['route', 'update', 'smart', '--file', '-'], withInput('strategy: priority'));
    expect(partly).toMatchObject({ code: 1, err: expect.stringContaining('tiers') });
  });

  it.each([
    ['nothing to serve it', ['route', 'create', 'x'], {}, 2],
    ['a tier after none', ['route', 'create', 'x', '--then', 'a'], {}, 2],
    ['a strategy that is none', ['route', 'create', 'x', 'a', '--strategy', 'luck'], {}, 2],
    ['nothing to change', ['route', 'update', 'x'], {}, 2],
    ['a route that is not there', ['route', 'remove', 'x'], {}, 1],
    ['a file that is a list', ['route', 'create', 'x', '--file', 'x.json'], withFile('[1]'), 1],
    ['a file that is neither', ['route', 'create', 'x', '--file', 'x.yaml'], withFile('a: [1'), 1],
    ['a tag without a value', ['route', 'explain', 'x', '--tag', 'team'], {}, 2],
    ['tokens that are no number', ['route', 'explain', 'x', '--tokens', 'many'], {}, 2],
    ['a model that nobody serves', ['route', 'explain', 'x'], {}, 1],
  ])('refuse %s', async (_, command, deps, code) => {
    const typed = await cli.type(command, deps);
    expect([typed.code, typed.err === '']).toEqual([code, false]);
  });

  it('tell in which order deployments would be tried, and why', async () => {
    const sent: { readonly path: string; readonly body: string | undefined }[] = [];
    const step = { connection_id: 'conn_1', provider_id: 'openai', upstream_model: 'gpt-4.1', weight: 1, in_flight: 0 };
    const answer = {
      route_id: 'route_1',
      strategy: 'cheapest',
      affinity: 'conversation',
      rule: 2,
      steps: [
        {
          ...step,
          deployment: 'openai/gpt-4.1',
          tier: 1,
          standing: 'ready',
          first_byte_ms: 312.4,
          cost_nano_usd: '1500000',
        },
        { ...step, deployment: 'azure/gpt-4.1', tier: 2, standing: 'open' },
      ],
      retries_left: 10,
    };
    const openOffline = async () => ({
      send: async (call: { readonly path: string; readonly body: string | undefined }) => {
        sent.push(call);
        return { status: 200, text: JSON.stringify(answer) };
      },
      close: async () => undefined,
    });
    const facts = ['--tag', 'team=search', '--header', 'x-a=b', '--tokens', '1200', '--tools'];
    const typed = await cli.type(['routes', 'explain', 'smart', ...facts], { openOffline });
    expect(typed.out).toMatchSnapshot();
    expect(sent[0]?.path).toBe('/control/v1/routes/explain');
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
      model: 'smart',
      operation: 'chat',
      tags: { team: 'search' },
      headers: { 'x-a': 'b' },
      input_tokens: 1200,
      tools: true,
    });
  });
});

describe('limits', () => {
  const MAKE = ['limits', 'create', 'Budget', '100.50', '--measure', 'money'];
  const MONTH = ['--per', 'month', '--zone', 'Asia/Taipei', '--tell', '80, 100'];

  it('are made, and listed with what is used and left and when they begin anew', async () => {
    expect((await cli.type(['limits', 'list'])).out).toContain('aigne-hub limit create <name> <amount>');
    expect((await cli.type([...MAKE, ...MONTH])).out).toMatch(/“Budget” holds within two seconds\.\n$/);
    await cli.type([
      'limits',
      'create',
      'Each key',
      '60',
      '--measure',
      'requests',
      '--rolling',
      '5m',
      '--of',
      'key',
      '--soft',
    ]);
    await cli.type(['limits', 'create', 'At once', '4', '--measure', 'concurrent', '--of', 'tag/team=search']);
    expect((await cli.type(['limits', 'list'])).out).toMatchSnapshot();
    expect((await cli.type(['limit', 'show', 'Budget'])).out.replaceAll(/lim_\S+/g, 'lim_…')).toMatchSnapshot();
    expect(await json(['limits', 'list'])).toMatchObject([
      { window: { kind: 'calendar', unit: 'month', time_zone: 'Asia/Taipei' }, thresholds: [80, 100], mode: 'hard' },
      { window: { kind: 'rolling', seconds: 300 }, subject: { kind: 'key' }, mode: 'soft' },
      { subject: { kind: 'tag', id: 'team=search' } },
    ]);
  });

  it('are of projects and keys by their names', async () => {
    const { key } = await json(['key', 'create', 'website']);
    await cli.type([...MAKE, '--rolling', '60', '--of', 'key/website', '--models', 'gpt-*, o1']);
    expect(await json(['limit', 'show', 'Budget'])).toMatchObject({
      subject: { kind: 'key', id: key.id },
      models: ['gpt-*', 'o1'],
    });
    expect((await cli.type([...MAKE, '--rolling', '60', '--of', 'key/nobody'])).err).toContain(
      'there is no key “nobody”',
    );
  });

  it('change in what is typed and keep the rest, and are removed', async () => {
    await cli.type([...MAKE, ...MONTH]);
    const update = ['limits', 'update', 'Budget'];
    expect((await cli.type([...update, '--amount', '7', '--zone', 'UTC', '--soft'])).code).toBe(0);
    expect(await json(['limit', 'show', 'Budget'])).toMatchObject({
      amount: '7',
      window: { unit: 'month', time_zone: 'UTC' },
      mode: 'soft',
      thresholds: [80, 100],
      revision: 2,
    });
    await cli.type([...update, '--measure', 'concurrent', '--name', 'At once']);
    const changed = await json(['limit', 'show', 'At once']);
    expect(changed).toMatchObject({ measure: 'concurrent', amount: '7' });
    expect(changed).not.toHaveProperty('window');
    expect((await cli.type(['limits', 'delete', 'At once'])).out).toMatch(/“At once” is removed\.\n$/);
    expect(await json(['limits', 'list'])).toEqual([]);
  });

  it('come whole from a file or the standard input, as they are shown', async () => {
    const yaml =
      'measure: money\namount: 12.5\nsubject: { kind: organization }\nmode: hard\nwindow: { kind: rolling, seconds: 60 }\n';
    expect((await cli.type(['limit', 'create', 'Budget', '--file', 'b.yaml'], withFile(yaml))).code).toBe(0);
    const shown = await json(['limit', 'show', 'Budget']);
    expect(shown).toMatchObject({ amount: '12.5', counts: [{ used: '0', left: '12.5' }] });
    const text = JSON.stringify({ ...shown, amount: '13' });
    expect((await cli.type(['limit', 'update', 'Budget', '--file', '-'], withInput(text))).code).toBe(0);
    expect(await json(['limit', 'show', 'Budget'])).toMatchObject({ amount: '13' });
  });

  it.each([
    ['no measure', ['limit', 'create', 'x', '5'], 2],
    ['a measure that is none', ['limit', 'create', 'x', '5', '--measure', 'luck'], 2],
    ['two windows', [...MAKE, '--per', 'day', '--rolling', '60'], 2],
    ['a zone without a calendar', [...MAKE, '--zone', 'UTC'], 2],
    ['a zone of a rolling window', [...MAKE, '--rolling', '60', '--zone', 'UTC'], 2],
    ['whose calls nobody knows', [...MAKE, '--per', 'day', '--of', 'planet/earth'], 2],
    ['a percentage that is none', [...MAKE, '--per', 'day', '--tell', 'most'], 2],
    ['both modes', [...MAKE, '--per', 'day', '--hard', '--soft'], 2],
    ['no window', MAKE, 1],
    ['nothing to change', ['limit', 'update', 'x'], 2],
    ['a limit that is not there', ['limit', 'delete', 'x'], 1],
  ])('refuse %s', async (_, command, code) => {
    const typed = await cli.type(command);
    expect([typed.code, typed.err === '']).toEqual([code, false]);
  });
});

describe('help', () => {
  it.each(
    ['route', 'limit'].flatMap((noun) =>
      ['list', 'show', 'create', 'update', 'remove'].map((verb) => `${noun} ${verb}`),
    ),
  )('of %s shows an example', async (command) => {
    expect((await cli.type([...command.split(' '), '--help'])).out).toContain(`$ aigne-hub ${command}`);
  });

  it('of route explain shows an example', async () => {
    expect((await cli.type(['route', 'explain', '--help'])).out).toContain('$ aigne-hub route explain smart');
  });
});
