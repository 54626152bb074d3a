import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import type { Behaviour } from '../support/fake-upstream/behaviour.ts';
import type { FakeUpstream } from '../support/fake-upstream.ts';
import { callHub, type HubAnswer, listOf, textOf } from '../support/hub-calls.ts';
import { costsOf, operatorsCanaries, SELLING, SOLD } from './customers/shop.ts';
import { fill } from './isolation/attacks.ts';
import { type Operation, readDocument } from './isolation/document.ts';
import { type Scene, setIsolationScene } from './isolation/scene.ts';

/**
 * Two customers of an operator who sells: everything that the API documents name, called by one of them. No answer holds
 * anything of the other's, nor where the operator buys, what it pays there and what it adds.
 */

const CONTROL = readDocument('control');
const DATA = readDocument('data');

let scene: Scene;
let canaries: readonly string[];

beforeAll(async () => {
  scene = await setIsolationScene('sqlite', SELLING);
  const { hub, upstream, victim, attacker } = scene;
  const costs = [...(await costsOf(scene, victim)), ...(await costsOf(scene, attacker))];
  canaries = [...operatorsCanaries(upstream), ...costs, victim.mark];
  expect(canaries.length).toBeGreaterThan(14);
  // What the operator sees holds all of it, so that a search for it can find something.
  const seen = await Promise.all(
    ['/connections', '/prices', '/installation/prices/rules', '/installation/customer-groups', '/models'].map((path) =>
      listOf(hub, path),
    ),
  );
  const text = JSON.stringify(seen);
  for (const word of ['quillnode', 'basalt-east', 'hidden-chat-9', '7.130177', '23.4567', 'Marlstone']) {
    expect(text).toContain(word);
  }
}, 120_000);

afterAll(() => scene?.close());

/** The canaries in an answer, its headers included, beyond what was sent to get it. */
function leaksIn(
  { text, headers, trailers = {} }: Partial<HubAnswer> & { readonly text: string },
  sent = '',
): string[] {
  const whole = `${JSON.stringify(headers ?? {})} ${JSON.stringify(trailers)} ${text}`;
  const read = sent === '' ? whole : whole.replaceAll(sent, '');
  return canaries.filter((canary) => read.includes(canary));
}

type Called = { readonly method: string; readonly path: string; readonly body?: JsonObject };

const ask = ({ method, path, body }: Called, headers: Readonly<Record<string, string>>): Promise<HubAnswer> =>
  callHub(scene.hub, undefined, { method, path, headers, ...(body === undefined ? {} : { body }) });

describe('what the control API tells', () => {
  const READS = CONTROL.operations.filter(({ method }) => method === 'GET');
  const WRITES = CONTROL.operations.filter(({ method }) => method !== 'GET');
  /** Reads that a customer's owner may well do, and that lead to nothing here; all others succeed or are refused. */
  const NOTHING_THERE = /\/access-key\/session$|\/organization\/logo$|\/credit-notes\/|\/auth\//;
  const FOREVER = /\/events$/;

  it.each(['owner', 'program'] as const)('a customer’s %s of its own things', { timeout: 120_000 }, async (caller) => {
    const { ids, callers } = scene.attacker;
    const problems: string[] = [];
    const named = { ...ids, month: new Date().toISOString().slice(0, 7), number: '1' };
    for (const { path, queryParams } of READS) {
      if (FOREVER.test(path)) continue;
      const filled = `${fill(path, named)}${neededBy(queryParams)}`;
      const answer = await ask({ method: 'GET', path: filled }, callers[caller]);
      problems.push(...leaksIn(answer).map((leak) => `${path} shows ${leak}`));
      const isDue = caller === 'owner' && !NOTHING_THERE.test(path);
      if (isDue && answer.status !== 200 && answer.status !== 403)
        problems.push(`${path} cannot be read: ${answer.status} ${answer.text}`);
    }
    expect(problems).toEqual([]);
  });

  it('where something is grouped, filtered, sorted or exported', { timeout: 120_000 }, async () => {
    const { ids, callers } = scene.attacker;
    const problems: string[] = [];
    for (const { path, query } of variantsOf(READS)) {
      const answer = await ask({ method: 'GET', path: `${fill(path, ids)}?${query}` }, callers.owner);
      problems.push(...leaksIn(answer, query).map((leak) => `${path}?${query} shows ${leak}`));
      if (answer.status > 403) problems.push(`${path}?${query} fails: ${answer.status} ${answer.text}`);
    }
    expect(problems).toEqual([]);
  });

  it('when the owner changes something, and when nobody does', { timeout: 120_000 }, async () => {
    const { ids, callers } = scene.attacker;
    const problems: string[] = [];
    const last = (operation: Operation): number => (operation.method === 'DELETE' ? 1 : 0);
    const inOrder = WRITES.toSorted((a, b) => last(a) - last(b)).filter(({ path }) => !ENDS_ALL.test(path));
    for (const { method, path, body } of inOrder) {
      const asked = { method, path: fill(path, ids), ...(body === undefined ? {} : { body: body.example }) };
      for (const headers of [callers.owner, { origin: scene.hub.address }]) {
        const answer = await ask(asked, headers);
        const sent = JSON.stringify(body?.example ?? {});
        const leaks = leaksIn(answer).filter((leak) => !sent.includes(leak));
        problems.push(...leaks.map((leak) => `${method} ${path} shows ${leak}`));
        if (answer.status >= 500 && answer.error['code'] === 'internal.bug') problems.push(`${method} ${path} fails`);
      }
    }
    expect(problems).toEqual([]);
  });
});

/** What would sign the owner out or take the organization away before everything was called. */
const ENDS_ALL = /\/auth\/sign-out|\/me\/sessions|\/organization$|\/me$|\/members\/|\/users\//;

/** Every value that a query may have, one at a time, where the document lists them; and words that name what is sold. */
function variantsOf(reads: readonly Operation[]): readonly { readonly path: string; readonly query: string }[] {
  return reads.flatMap(({ path, queryParams, queryValues }) =>
    queryParams.flatMap((name) => {
      const listed = queryValues[name] ?? (name === 'search' || name === 'model' ? [SOLD.chat] : []);
      const needed = new URLSearchParams(neededBy(queryParams));
      return listed.map((value) => {
        needed.set(name, value);
        return { path, query: needed.toString() };
      });
    }),
  );
}

/** What has to be asked with, by the name of the field. */
function neededBy(names: readonly string[]): string {
  const now = Date.now();
  const values: Readonly<Record<string, string>> = {
    from: new Date(now - DAY_MS).toISOString(),
    to: new Date(now + DAY_MS).toISOString(),
    month: new Date(now).toISOString().slice(0, 'YYYY-MM'.length),
    by: 'project',
  };
  const given = names.flatMap((name) => toPairs(name, values[name]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

function toPairs(name: string, value: string | undefined): readonly [string, string][] {
  return value === undefined ? [] : [[name, value]];
}

const DAY_MS = 86_400_000;

const CONTENTS = [{ role: 'user', parts: [{ text: 'Say something.' }] }];
const MESSAGES = [{ role: 'user', content: 'Say something.' }];

/** A body for each address that calls a model, by what the address is for; an address without one fails the test. */
const BODIES: readonly (readonly [RegExp, (more: JsonObject) => JsonObject | undefined])[] = [
  [/\/api\/v2\/chat$/, ({ stream }) => framework(SOLD.chat, { messages: MESSAGES }, { streaming: stream === true })],
  [/\/api\/v2\/image$/, () => framework(SOLD.images, { prompt: 'A lighthouse.' })],
  [/\/api\/v2\/video$/, () => framework(SOLD.film, { prompt: 'Waves.', seconds: '4' })],
  [/count_tokens$/, () => ({ model: SOLD.chat, messages: MESSAGES })],
  [/\/messages$/, (more) => ({ model: SOLD.chat, messages: MESSAGES, max_tokens: 20, ...more })],
  [/\/chat\/completions$/, (more) => ({ model: SOLD.chat, messages: MESSAGES, ...more })],
  [/\/completions$/, (more) => ({ model: SOLD.chat, prompt: 'Once', ...more })],
  [/\/responses$/, (more) => ({ model: SOLD.chat, input: 'Say something.', ...more })],
  [/\/embeddings$/, () => ({ model: SOLD.embeddings, input: 'tide' })],
  [/\/images?\/(?:generations|edits)$/, () => ({ model: SOLD.images, prompt: 'A lighthouse.' })],
  [/\/videos$/, () => ({ model: SOLD.film, prompt: 'Waves.', seconds: '4' })],
  [/\/videos\/\{id\}\/remix$/, () => ({ prompt: 'At night.' })],
  [/\/audio\/speech$/, () => ({ model: SOLD.chat, input: 'Hello.', voice: 'alloy' })],
  [/\/audio\/(?:transcriptions|translations)$/, () => ({ model: SOLD.chat, file: 'x' })],
  [/\/api\/user\/admin\/user-info$/, () => ({ userDids: ['nobody'] })],
  [/:batchEmbedContents$/, () => ({ requests: [{ content: { parts: [{ text: 'tide' }] } }] })],
  [/:embedContent$/, () => ({ content: { parts: [{ text: 'tide' }] } })],
  [/:(?:generateContent|streamGenerateContent|countTokens)$/, () => ({ contents: CONTENTS })],
  [/\/(?:cleanup-daily-stats|backfill)$/, () => ({})],
];

/** A path with ids in its places; what is asked of a model by its address is asked of one that is sold. */
function filled(path: string, ids: Parameters<typeof fill>[1]): string {
  return fill(path, { ...ids, model: /embed/i.test(path) ? SOLD.embeddings : SOLD.chat });
}

function framework(model: string, input: JsonObject, options: JsonObject = {}): JsonObject {
  return { input: { modelOptions: { model }, ...input }, options };
}

function bodyFor(path: string, more: JsonObject = {}): JsonObject {
  const made = BODIES.find(([pattern]) => pattern.test(path))?.[1](more);
  if (made === undefined) throw new Error(`there is no body for ${path}: add one to BODIES`);
  return made;
}

/** How the operator’s provider may fail: by a status with an error that names everything, or in another way. */
function faultsAt(upstream: FakeUpstream): readonly (readonly [string, Behaviour])[] {
  const statuses = [400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 503];
  return [
    ...statuses.map((status): readonly [string, Behaviour] => [
      `status ${status}`,
      { instead: { kind: 'status', status, body: faultBody(upstream) } },
    ]),
    ['an error that repeats the credential', { instead: { kind: 'echoed-error', status: 400 } }],
    ['garbage', { instead: { kind: 'garbage' } }],
    ['a cut', { cut: { how: 'reset', unit: 'events', after: 1 } }],
    ['an error within a stream', { errorAfterEvents: 1 }],
  ];
}

/** What a provider may say that speaks of itself by all its names. */
function faultBody({ port }: FakeUpstream): string {
  const message =
    'Quillnode Cloud cannot serve `zq7/hidden-chat-9` (hidden-chat-9): ask support@quillnode, ' +
    `or see http://127.0.0.1:${port}/help. Your project basalt-east has a quota.`;
  return JSON.stringify({ error: { message, type: 'quillnode_error', param: 'model', code: 'zq7/hidden-chat-9' } });
}

describe('what the data plane tells', () => {
  const READS = DATA.operations.filter(({ method }) => method === 'GET');
  const CALLS = DATA.operations.filter(({ method }) => method === 'POST');
  const CHATS = CALLS.filter(({ path }) => /(?:\/(?:chat|completions|messages|responses)|enerateContent)$/.test(path));

  it('a customer’s key of what it may read', { timeout: 60_000 }, async () => {
    const { ids, callers } = scene.attacker;
    const problems: string[] = [];
    for (const { path, queryParams } of READS) {
      const address = fill(path, { ...ids, id: path.includes('/models/') ? SOLD.chat : ids['film_id'] });
      const queries = ['', appQueryOf(path, queryParams)];
      for (const query of new Set(queries)) {
        const answer = await ask({ method: 'GET', path: `${address}${query}` }, callers['model caller']);
        problems.push(...leaksIn(answer).map((leak) => `${path}${query} shows ${leak}`));
        const isDue = !/\/media\/|\/admin\/|\/usage\/trends$|\/content$|^\/readyz|metrics/.test(path) && query !== '';
        if (isDue && answer.status !== 200) problems.push(`${path}${query} cannot be read: ${answer.text}`);
      }
    }
    const anybody = await ask({ method: 'GET', path: '/api/ai/models' }, {});
    problems.push(...leaksIn(anybody).map((leak) => `/api/ai/models shows anybody ${leak}`));
    expect(anybody.text).toContain(`openai/${SOLD.chat}`);
    expect(problems).toEqual([]);
  });

  it.each([false, true])('answers, streamed: %s', { timeout: 60_000 }, async (stream) => {
    const { ids, callers } = scene.attacker;
    const problems: string[] = [];
    for (const { path } of CALLS) {
      const body = bodyFor(path, stream ? { stream } : {});
      const answer = await ask({ method: 'POST', path: filled(path, ids), body }, callers['model caller']);
      problems.push(...leaksIn(answer).map((leak) => `${path} shows ${leak}: ${answer.text.slice(0, 300)}`));
      if (answer.status !== 200 && !NOT_SOLD.test(path))
        problems.push(`${path} fails: ${answer.status} ${answer.text}`);
    }
    expect(problems).toEqual([]);
  });

  it('errors, however the provider fails', { timeout: 120_000 }, async () => {
    const headers = scene.attacker.callers['model caller'];
    const problems: string[] = [];
    for (const [what, behaviour] of faultsAt(scene.upstream)) {
      scene.upstream.journal.clear();
      let failed = 0;
      for (const { path } of CHATS) {
        for (const stream of [false, true]) {
          scene.upstream.setScript(() => behaviour);
          const body = bodyFor(path, stream ? { stream } : {});
          const answer = await ask({ method: 'POST', path: filled(path, scene.attacker.ids), body }, headers);
          problems.push(...leaksIn(answer).map((leak) => `${what} at ${path} shows ${leak}: ${answer.text}`));
          if (answer.status !== 200 || answer.text.includes('error') || !answer.isComplete) failed += 1;
          scene.upstream.setScript(undefined);
          if (/credential/.test(answer.text)) await makeWellAgain();
        }
      }
      expect(scene.upstream.journal.calls().length, what).toBeGreaterThan(0);
      expect(failed, what).toBeGreaterThanOrEqual(CHATS.length);
    }
    expect(problems).toEqual([]);
  });

  it('what is taken away', async () => {
    const { ids, callers } = scene.attacker;
    const others = DATA.operations.filter(({ method }) => method !== 'GET' && method !== 'POST');
    expect(others.length).toBeGreaterThan(0);
    for (const { method, path } of others) {
      const answer = await ask({ method, path: fill(path, ids) }, callers['model caller']);
      expect(leaksIn(answer), path).toEqual([]);
    }
  });

  it('names of the operator’s are those of nobody', async () => {
    const headers = scene.attacker.callers['model caller'];
    const call = async (model: string) => {
      const answer = await ask(
        { method: 'POST', path: '/v1/chat/completions', body: { model, messages: MESSAGES } },
        headers,
      );
      return {
        status: answer.status,
        said: answer.text.replaceAll(model, '{model}').replaceAll(/req_\w+/g, '{request}'),
      };
    };
    for (const [theirs, nobodys] of [
      [`quillnode/${SOLD.chat}`, `quillnude/${SOLD.chat}`],
      [`basalt-east/${SOLD.chat}`, `basalt-oast/${SOLD.chat}`],
      ['basalt-east/zq7/hidden-chat-9', 'basalt-oast/zq8/hidden-chat-9'],
      ['zq7/hidden-chat-9', 'zq8/hidden-chat-9'],
      ['quillnode/zq7/hidden-chat-9', 'quillnude/zq8/hidden-chat-9'],
    ] as const) {
      const answer = await call(theirs);
      expect(answer, theirs).toEqual(await call(nobodys));
      expect(answer.status).toBe(404);
    }
    for (const name of [SOLD.chat, `openai/${SOLD.chat}`, `aignehub/openai/${SOLD.chat}`]) {
      expect(await call(name), name).toMatchObject({ status: 200 });
    }
  });
});

/** What the operator does not sell, or what leads to something that is not there. */
const NOT_SOLD = /\/audio\/|remix$|\/images\/edits$|admin|backfill$/;

function appQueryOf(path: string, names: readonly string[]): string {
  if (path.includes('/ai')) return '?type=chat';
  if (names.includes('appDid')) return '?appDid=otter%20application';
  if (names.includes('model')) return `?model=${SOLD.chat}`;
  return '?page=1';
}

/** Faults set credentials aside and connections to rest: they are made to work again. */
async function makeWellAgain(): Promise<void> {
  const { hub } = scene;
  for (const { id } of await listOf(hub, '/connections')) {
    for (const credential of await listOf(hub, `/connections/${textOf(id)}/credentials`)) {
      await hub.control('POST', `/credentials/${textOf(credential['id'])}/test`).catch(() => undefined);
    }
  }
}
