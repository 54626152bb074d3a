import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts';
import { behaviourOf } from './fake-upstream/behaviour.ts';
import { type FakeUpstream, startFakeUpstream } from './fake-upstream.ts';
import { asObject, callHub, chatBody, type HubAnswer, requestDetail, textOf } from './hub-calls.ts';
import { type HubOptions, type HubProcess, startHub } from './hub-process.ts';

const MODEL = 'fake-small';

/** Several stand-ins that serve one model, and a hub that is connected to each of them by a letter: a, b, c. */
export type FleetScene = {
  readonly hub: HubProcess;
  readonly secret: string;
  readonly keyId: string;
  readonly fleet: Readonly<Record<string, FakeUpstream>>;
  /** How one of them treats every request, as a model's name would say it; `undefined`: well. */
  readonly treat: (name: string, words: string | undefined) => void;
  /** Calls the model, or another name. */
  readonly ask: (more?: JsonObject, headers?: Readonly<Record<string, string>>) => Promise<HubAnswer>;
  /** By which connections a request went, in the order of its attempts. */
  readonly wayOf: (answer: HubAnswer) => Promise<readonly Attempted[]>;
  /** What would be tried now. */
  readonly explain: (more?: JsonObject) => Promise<readonly Explained[]>;
  /** How each deployment that was called stands. */
  readonly standings: () => Promise<Readonly<Record<string, string>>>;
  readonly route: (definition: JsonObject) => Promise<string>;
  readonly close: () => Promise<void>;
};

export type Attempted = { readonly at: string; readonly outcome: string; readonly attempt: JsonObject };
export type Explained = { readonly at: string; readonly standing: string };

export async function setFleetScene(names: readonly string[], options: HubOptions = {}): Promise<FleetScene> {
  const fleet: Record<string, FakeUpstream> = {};
  for (const name of names) fleet[name] = await startFakeUpstream({ models: [MODEL, 'fake-large'] });
  const allow = Object.values(fleet).map(({ port }) => `127.0.0.1:${port}`);
  const hub = await startHub({ ...options, allow: [...allow, ...(options.allow ?? [])] });
  const nameOf = new Map<string, string>();
  for (const [name, upstream] of Object.entries(fleet)) nameOf.set(await hub.connectFake(upstream, { name }), name);
  const key = await hub.createKey('fleet');
  const at = (row: JsonObject): string => nameOf.get(textOf(row['connection_id'])) ?? '?';
  const rows = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
  return {
    hub,
    secret: key.secret,
    keyId: key.id,
    fleet,
    treat: (name, words) => fleet[name]?.setScript(words === undefined ? undefined : () => behaviourOf(`any@${words}`)),
    ask: (more = {}, headers = {}) => callHub(hub, key.secret, { headers, body: chatBody({ model: MODEL, ...more }) }),
    wayOf: async (answer) => {
      const { attempts } = await requestDetail(hub, answer.headers['x-request-id']);
      return rows(attempts).map((attempt) => ({ at: at(attempt), outcome: textOf(attempt['outcome']), attempt }));
    },
    explain: async (more = {}) => {
      const { steps } = asObject(await hub.control('POST', '/routes/explain', { model: MODEL, ...more }));
      return rows(steps).map((step) => ({ at: at(step), standing: textOf(step['standing']) }));
    },
    standings: async () => {
      const { data } = asObject(await hub.control('GET', '/routes/health'));
      return Object.fromEntries(rows(data).map((row) => [at(row), textOf(row['standing'])]));
    },
    route: async (definition) => textOf(asObject(await hub.control('POST', '/routes', definition))['id']),
    close: async () => {
      await hub.stop();
      await Promise.all(Object.values(fleet).map((upstream) => upstream.close()));
    },
  };
}
