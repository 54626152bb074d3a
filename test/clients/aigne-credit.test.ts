import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AIGNEHubChatModel, AIGNEHubImageModel, AIGNEHubVideoModel } from '@aigne/aigne-hub';
import { isAgentResponseDelta } from '@aigne/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { setPrices } from '../support/credit-scene.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, eventually, listOf, textOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { openTenants, type Tenants } from '../support/tenants.ts';
import { type AgentHome, makeAgentHome } from './run-agent.ts';

/** AIGNE's own clients, unmodified, as a customer of a hub that charges. */

const CHAT = 'gpt-5-mini';
const MODELS = [CHAT, 'gpt-image-1', 'sora-2'];
const BUY = 'https://example.com/credit';
const PREFIX = '€';
const GIVEN = '20';
const RUN_TIMEOUT_MS = 120_000;
const CLI = '@aigne/cli/dist/cli.js';

type Charging = { readonly hub: HubProcess; readonly customer: string; readonly secret: string };

let upstream: FakeUpstream;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream({ models: MODELS });
  closing.push(upstream.close);
});

afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

/** A hub with a customer who has credit, and a key of that customer's. */
async function startCharging(flags: readonly string[] = []): Promise<Charging> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-clients-credit-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const tenants: Tenants = await openTenants(folder);
  closing.push(tenants.close);
  const acme = tenants.addOrganization('Acme');
  const { secret } = await tenants.addKey(acme);
  const environment = {
    HUB_CREDIT: 'true',
    HUB_CREDIT_MARGIN_PERCENT: '20',
    HUB_CREDIT_PREFIX: PREFIX,
    HUB_CREDIT_PURCHASE_URL: BUY,
    HUB_SIMULATED: 'off',
  };
  const hub = await startHub({ dataDir: folder, allow: [`127.0.0.1:${upstream.port}`], environment, flags });
  closing.push(hub.stop);
  await hub.connectFake(upstream, { name: 'somewhere' });
  await setPrices(hub);
  const [connection] = await listOf(hub, '/connections');
  const provider_id = textOf(connection?.['provider_id']);
  await hub.control('POST', '/prices', {
    provider_id,
    model: 'gpt-image-1',
    prices: [
      { unit: 'input', usd_per_million: '5' },
      { unit: 'output', usd_per_million: '40' },
      { unit: 'image-output', usd_per_million: '40' },
    ],
  });
  await hub.control('POST', '/prices', {
    provider_id,
    model: 'sora-2',
    prices: [{ unit: 'video-second', usd_per_million: '100000' }],
  });
  await hub.control('PATCH', '/installation/offers', {
    offers: MODELS.map((name) => ({ name, published: true })),
  });
  await give(hub, acme.organizationId, GIVEN);
  return { hub, customer: acme.organizationId, secret };
}

const give = (hub: HubProcess, organization_id: string, amount: string) =>
  hub.control('POST', '/installation/credit/grants', { organization_id, amount, name: 'Order 1042' });

async function balanceOf({ hub, secret }: Charging): Promise<JsonObject> {
  return await eventually('no call holds anything', async () => {
    const { json } = await callHub(hub, secret, { method: 'GET', path: '/api/user/info' });
    const balance = asObject(json['creditBalance']);
    return balance['pendingCredit'] === '0' ? balance : undefined;
  });
}

async function takeAll(charging: Charging): Promise<void> {
  const { balance } = await balanceOf(charging);
  await charging.hub.control('POST', '/installation/credit/withdrawals', {
    organization_id: charging.customer,
    amount: textOf(balance),
    reason: 'The next test.',
  });
}

describe('@aigne/aigne-hub', () => {
  let charging: Charging;
  beforeAll(async () => {
    charging = await startCharging();
  });

  const connected = (model: string) => ({
    baseURL: charging.hub.address,
    apiKey: charging.secret,
    model: `aignehub/openai/${model}`,
  });
  const messages = [{ role: 'user' as const, content: 'How is the sea?' }];

  /** What the account lost while that was done, to be held against what the client was told. */
  async function taken(work: () => Promise<unknown>): Promise<number> {
    const before = Number((await balanceOf(charging))['balance']);
    await work();
    const after = Number((await balanceOf(charging))['balance']);
    return Number((before - after).toFixed(9));
  }

  it('is told what a chat takes, whole and streamed', async () => {
    const model = new AIGNEHubChatModel(connected(CHAT));
    let usage: object | undefined;
    const whole = await taken(async () => ({ usage } = await model.invoke({ messages })));
    expect(usage).toMatchObject({ aigneHubCredits: whole, creditPrefix: PREFIX });
    expect(whole).toBeGreaterThan(0);
    const streamed = await taken(async () => {
      for await (const chunk of await model.invoke({ messages }, { streaming: true })) {
        if (isAgentResponseDelta(chunk)) usage = chunk.delta.json?.usage ?? usage;
      }
    });
    expect(usage).toMatchObject({ aigneHubCredits: streamed, creditPrefix: PREFIX });
  });

  it('is told what a picture and a film take', { timeout: RUN_TIMEOUT_MS }, async () => {
    let usage: { readonly aigneHubCredits?: number | undefined } | undefined;
    const drawing = new AIGNEHubImageModel(connected('gpt-image-1'));
    const drawn = await taken(async () => {
      ({ usage } = await drawing.invoke({ prompt: 'A lighthouse.', outputFileType: 'file' }));
    });
    expect(drawn).toBeGreaterThan(0);
    expect(usage?.aigneHubCredits).toBe(drawn);
    const filming = new AIGNEHubVideoModel(connected('sora-2'));
    const filmed = await taken(async () => {
      ({ usage } = await filming.invoke({ prompt: 'Waves.', seconds: '4', outputFileType: 'file' }));
    });
    expect(filmed).toBeGreaterThan(0);
    expect(usage?.aigneHubCredits).toBe(filmed);
  });

  it('is told that there is not enough, and where to get more', async () => {
    await takeAll(charging);
    const model = new AIGNEHubChatModel(connected(CHAT));
    for (const streaming of [false, true]) {
      const refused = streaming ? wholeOf(model.invoke({ messages }, { streaming: true })) : model.invoke({ messages });
      await expect(refused).rejects.toMatchObject({
        type: 'NOT_ENOUGH',
        message: expect.stringContaining(`${BUY}?customer_id=`),
      });
    }
  });

  it('lists models that can be called by the names in the list, which are not those of any provider', async () => {
    process.env['AIGNE_HUB_API_URL'] = charging.hub.address;
    const models = await AIGNEHubChatModel.models().finally(() => delete process.env['AIGNE_HUB_API_URL']);
    expect(models.map(({ provider, model }) => `${provider}/${model}`)).toContain(`openai/${CHAT}`);
    expect(JSON.stringify(models)).not.toContain('somewhere');
  });
});

describe('the command line of AIGNE', () => {
  let charging: Charging;
  let agent: AgentHome;
  let environment: Readonly<Record<string, string>>;

  beforeAll(async () => {
    // It asks for a status over https alone.
    charging = await startCharging(['--tls-self-signed']);
    agent = await makeAgentHome();
    closing.push(agent.remove);
    const { hub, secret } = charging;
    const authority = await agent.write('home', 'hub.pem', hub.certificate ?? '');
    const { host } = new URL(hub.address);
    // As `aigne hub connect` leaves it behind.
    const connected = { AIGNE_HUB_API_URL: hub.address, AIGNE_HUB_API_KEY: secret };
    await agent.write(
      'home',
      '.aigne/aigne-hub-connected.yaml',
      JSON.stringify({ [host]: connected, default: { AIGNE_HUB_API_URL: hub.address } }),
    );
    // Under CI it would pretend to be connected.
    environment = { NODE_EXTRA_CA_CERTS: authority, CI: '' };
    await agent.write('work', 'aigne.yaml', 'name: coast\nagents:\n  - keeper.yaml\n');
    await agent.write(
      'work',
      'keeper.yaml',
      'name: keeper\ninstructions: You keep a lighthouse.\ninput_key: message\n',
    );
  });

  const ask = ['run', '--path', '.', '--model', `aignehub/openai/${CHAT}`, '--message', 'How is the sea?'];

  it('shows what a call took, and then what is left', { timeout: RUN_TIMEOUT_MS }, async () => {
    const run = await agent.run(CLI, ask, environment);
    expect(run.code, run.err).toBe(0);
    const { balance, total } = await balanceOf(charging);
    expect(Number(balance)).toBeLessThan(Number(total));
    const status = await agent.runInTerminal(CLI, ['hub', 'status'], environment, '\r');
    const shown = status.out.replaceAll(ESCAPES, '');
    expect(shown).toMatch(line('Total', Number(total)));
    expect(shown).toMatch(line('Available', Number(balance)));
    expect(shown).toMatch(line('Used', Number(total) - Number(balance)));
    expect(shown).toContain(`${BUY}?customer_id=`);
    expect(shown).toContain(`/dashboard/${charging.customer}/credit`);
  });

  it('says where more is to be had once all is used, and takes a no', { timeout: RUN_TIMEOUT_MS }, async () => {
    await takeAll(charging);
    const second = `${String.fromCodePoint(27)}[B\r`;
    const run = await agent.runInTerminal(CLI, ask, environment, [
      { after: 'Exit', keys: second },
      { after: 'Retry', keys: second },
    ]);
    const shown = run.out.replaceAll(ESCAPES, '');
    expect(shown).toContain('I have bought some credits, try again');
    expect(shown.replaceAll(/\s/g, '')).toContain(`${BUY}?customer_id=`);
  });
});

/** Reads a stream to its end. */
async function wholeOf(stream: Promise<AsyncIterable<unknown>>): Promise<readonly unknown[]> {
  const parts: unknown[] = [];
  for await (const part of await stream) parts.push(part);
  return parts;
}

const ESCAPES = new RegExp(`${String.fromCodePoint(27)}\\[[0-9;]*m`, 'g');

/** A line of the status: numbers are shown as the command line rounds them, so that their beginning is what counts. */
function line(name: string, amount: number): RegExp {
  const digits = String(Math.trunc(amount));
  return new RegExp(`${name}:\\s+${digits}(?:\\D|$)`);
}
