import { createServer } from 'node:http';
import { closeServer, listenOnLoopback } from '../../../test/support/listen.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { GatewayError, toGatewayError } from '../../kernel/errors.ts';
import { createIdMaker } from '../../kernel/ids.ts';
import { usdPerMillion } from '../../kernel/money.ts';
import { compileRateCard } from '../../metering/compile-rate-card.ts';
import { type Deployment, NO_QUIRKS } from '../../protocol/deployment.ts';
import type { HeldId } from '../../protocol/held.ts';
import type { RequestOutcome } from '../../protocol/records.ts';
import { buildDirectory } from '../../routing/directory.ts';
import { quietRouter } from '../../routing/testing/quiet-router.ts';
import type { TransportFault, UpstreamCall, UpstreamListener } from '../../upstream/ports.ts';
import { SharedAnswers } from '../aigne/shared-answers.ts';
import { CallGate } from '../call-gate.ts';
import { Exchange } from '../exchange.ts';
import type { AigneVideoDeps } from '../media/aigne-video.ts';
import { relayVideos } from '../media/videos.ts';
import { BodyBudget } from '../read-body.ts';
import { routeOf } from '../routes.ts';
import { deploymentAt } from './deployment.ts';
import { NO_LIMITS } from './serve-deps.ts';

/** What a provider says to one call: an answer, a fault, or nothing at all. */
export type Said =
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: Buffer | string | object;
      /** How the answer breaks off behind its body. */
      readonly fault?: TransportFault;
    }
  | TransportFault
  | undefined;

export type VideoScene = {
  readonly address: string;
  /** What was asked of the provider, in order. */
  readonly calls: UpstreamCall[];
  readonly held: HeldId[];
  readonly outcomes: RequestOutcome[];
  /** Ends of requests that left no record, each with its error. */
  readonly followUps: (string | undefined)[];
  readonly kept: Buffer[];
  readonly budget: BodyBudget;
  /** Decides what the provider says. */
  answer: (call: UpstreamCall) => Said;
  /** Lets a wait end; until it is called, waits end by themselves. */
  readonly holdWaits: () => { readonly waiting: Promise<void> };
  /** Puts the hub's clock forward. */
  readonly passTime: (ms: number) => void;
  bindFails: boolean;
  readonly close: () => Promise<void>;
};

const TENANT = { organizationId: 'org_1', projectId: 'proj_1' };
const FILM_DIALECTS: readonly (readonly [string, string, string])[] = [
  ['sora-2', 'openai-media', '/v1/videos'],
  ['veo-3.1', 'gemini-media', '/v1beta/models'],
  ['seedance', 'ark-media', '/api/v3/contents/generations/tasks'],
];
/** Two accounts of the same provider, behind one connection. */
const ACCOUNTS = ['cred_1', 'cred_2'];

/** Films at a hub whose provider, store and clock are the test's. Prices: a dollar for ten seconds or a million tokens. */
export async function startVideoScene(): Promise<VideoScene> {
  const newId = createIdMaker(systemClock.now);
  const turns = { next: 0 };
  const time = { ahead: 0 };
  const held: HeldId[] = [];
  const clock: Clock = { now: systemClock.now, monotonic: () => systemClock.monotonic() + time.ahead };
  const waits = { held: false, onWait: (): void => undefined };
  const directory = buildDirectory(
    { deployments: FILM_DIALECTS.map(filmDeployment), aliases: [], routes: [] },
    {
      canonicalName: (name) => name,
      providerId: () => undefined,
    },
  );
  const scene: VideoScene = {
    address: '',
    calls: [],
    held,
    outcomes: [],
    followUps: [],
    kept: [],
    budget: new BodyBudget(1_000_000),
    answer: () => undefined,
    holdWaits: () => {
      waits.held = true;
      return { waiting: new Promise((resolve) => (waits.onWait = resolve)) };
    },
    passTime: (ms) => void (time.ahead += ms),
    bindFails: false,
    close: () => closeServer(server),
  };
  const noContent = (): never => {
    throw new Error('nothing is stored here');
  };
  const deps: AigneVideoDeps = {
    guardrails: { appliedTo: () => [], judge: async () => ({ action: 'pass' }) },
    limits: NO_LIMITS,
    credit: undefined,
    once: { begin: noContent, finish: noContent, free: noContent, assertHeld: noContent },
    authenticate: () => ({ principal: PRINCIPAL, access: { directory, denialOf: undefined }, contentRule: undefined }),
    contents: { take: noContent, release: noContent, noteLost: noContent, keep: noContent },
    held: {
      bind: async (rows) => {
        if (scene.bindFails) throw new Error('the store is gone');
        held.push(...rows);
      },
      find: async (_tenant, ids) => held.filter(({ id }) => ids.includes(id)),
      list: async () => held,
      forget: async (_tenant, id) =>
        void held.splice(
          held.findIndex((row) => row.id === id),
          1,
        ),
    },
    sendWithin: () => (call, listener) => {
      scene.calls.push(call);
      const heard = { isOver: false };
      setImmediate(() => {
        if (!heard.isOver) say(scene.answer(call), listener, heard);
      });
      return { pause: () => undefined, resume: () => undefined, abort: () => void (heard.isOver = true) };
    },
    router: quietRouter(clock),
    gate: new CallGate({ runningMax: 1000, waitingMax: 0 }, () => () => undefined),
    credentials: {
      next: ({ credentials }, tried) => {
        const usable = credentials.filter(({ id }) => !tried.has(id));
        const chosen = usable[turns.next++ % usable.length];
        return chosen === undefined ? undefined : { id: chosen.id, headers: { authorization: chosen.id } };
      },
      noteUse: () => undefined,
      noteFault: () => undefined,
      scrub: (_connection, text) => text.replaceAll('cred_', '…'),
    },
    timeouts: { connectMs: 1000, firstByteMs: 1000, idleMs: 1000, totalMs: 1000 },
    responseBytesMax: 1_000_000,
    newWireId: newId,
    meter: {
      cardOf: () => CARD,
      shownCardOf: () => undefined,
      isPaidWithCredit: () => false,
      noteAnomalies: () => undefined,
    },
    records: {
      isAccepting: () => true,
      commit: async (outcome) => void scene.outcomes.push(outcome),
      begin: () => ({ reroute: () => undefined, progress: () => undefined, end: () => undefined }),
    },
    instanceId: 'inst_1',
    onEnd: (_exchange, outcome, error) => {
      if (outcome === undefined) scene.followUps.push(error?.code);
    },
    budget: scene.budget,
    bodyBytesMax: 100_000,
    jsonLimits: { depthMax: 64, keysPerObjectMax: 1000 },
    waiting: {
      shared: new SharedAnswers({ after: (_ms, run) => clearing(setImmediate(run)) }),
      every: (ms, tick) => {
        // Signs of life go out in their own time and wait for nothing here.
        if (ms === SIGN_OF_LIFE_MS) return () => undefined;
        waits.onWait();
        return waits.held ? () => undefined : clearing(setImmediate(tick));
      },
    },
    fetchGiven: async () => ({ mediaType: 'image/png', data: 'AAAA' }),
    media: {
      keep: async ({ data }) => {
        scene.kept.push(data);
        return `/media/film${scene.kept.length}`;
      },
    },
    publicAddress: () => 'https://hub.test',
  };
  const server = createServer((request, response) => {
    const route = routeOf((request.url ?? '').split('?')[0] ?? '');
    if (route === undefined) return void response.writeHead(404).end();
    const exchange = new Exchange({ request, response, ...route, clock, newId, clientAddress: undefined });
    relayVideos(exchange, deps, route).catch((thrown: unknown) => {
      response.destroy(toGatewayError(thrown));
    });
  });
  const port = await listenOnLoopback(server, 0);
  return Object.assign(scene, { address: `http://127.0.0.1:${port}` });
}

const SIGN_OF_LIFE_MS = 15_000;
const PRINCIPAL = {
  ...TENANT,
  keyId: 'vk_1',
  keyName: 'test',
  memberId: undefined,
  serviceAccountId: undefined,
  teamId: undefined,
  refusesLosses: false,
  cacheSeconds: undefined,
};
const CARD = compileRateCard({
  id: 'rc_1',
  providerId: 'openai',
  model: '*',
  version: 1,
  source: 'operator',
  effectiveFrom: 0,
  prices: [
    { unit: 'video-second', price: usdPerMillion('100000'), ...plainLine() },
    { unit: 'output', price: usdPerMillion('1'), ...plainLine() },
  ],
});

function plainLine() {
  return {
    aboveInputTokens: undefined,
    utcWindow: undefined,
    imageSize: undefined,
    imageQuality: undefined,
    batch: false,
  };
}

function filmDeployment([model, dialect, path]: readonly [string, string, string]): Deployment {
  const credentials = ACCOUNTS.map((id) => ({ id, sealed: '', weight: 1, ...TENANT, baseUrl: '' }));
  const deployment = deploymentAt('https://provider.test', model, { credentials });
  return { ...deployment, endpoints: new Map([['videos', [{ dialect, path, quirks: NO_QUIRKS }]]]) };
}

function say(said: Said, listener: UpstreamListener, heard: { isOver: boolean }): void {
  if (said === undefined) return;
  if ('phase' in said) return listener.onFault(said);
  const { status = 200, headers = {}, body = '', fault } = said;
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  listener.onHeaders(status, { 'content-type': 'application/json', ...headers });
  setImmediate(() => {
    if (heard.isOver) return;
    if (bytes.length > 0) listener.onData(bytes);
    if (fault === undefined) listener.onEnd();
    else listener.onFault(fault);
  });
}

function clearing(immediate: NodeJS.Immediate): () => void {
  return () => clearImmediate(immediate);
}

/** A provider that could not be reached, or broke off. */
export function transportFault(code: 'upstream.unreachable' | 'upstream.cut'): TransportFault {
  return { code, phase: 'connect', message: new GatewayError(code).message, cause: undefined };
}
