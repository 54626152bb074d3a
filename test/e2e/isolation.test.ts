import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/kernel/json.ts';
import { eventually, textOf } from '../support/hub-calls.ts';
import { postgresAvailable } from '../support/postgres.ts';
import { type Attack, attacksOn, fill, undeclaredCalls, withField } from './isolation/attacks.ts';
import { readDocument } from './isolation/document.ts';
import { type Answered, ENGINES, listIn, type Scene, setIsolationScene } from './isolation/scene.ts';

/**
 * Two organizations at one hub: everything that the API documents name, tried by one with what is the other's. Nothing
 * may come out, nothing may change, and an id of the other's must look like one that nobody has.
 */

const CONTROL = readDocument('control');
const DATA = readDocument('data');
const OPERATIONS = [...CONTROL.operations, ...DATA.operations];
/** Columns and words of JavaScript's own that no schema has. */
const MORE_FIELDS = ['hash', 'password_hash', 'sealed', 'previous_hash', 'isOperator', '__proto__', 'constructor'];
const CALLERS = ['owner', 'program', 'model caller', 'nobody'] as const;
const AT_ONCE = 8;
const postgres = postgresAvailable();

/** Both are set at once: most of the time they wait until their organizations are told something. */
const scenes = new Map<(typeof ENGINES)[number], Scene>();
beforeAll(async () => {
  const set = async (engine: (typeof ENGINES)[number]) => scenes.set(engine, await setIsolationScene(engine));
  const outcomes = await Promise.allSettled(
    ENGINES.filter((engine) => engine === 'sqlite' || postgres.available).map(set),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}, 120_000);
afterAll(() => Promise.all([...scenes.values()].map((scene) => scene.close())));

describe.each(ENGINES)('two organizations on %s', (engine) => {
  describe.skipIf(engine === 'postgres' && !postgres.available)('tried by what the API documents name', () => {
    let scene: Scene;
    let before: readonly string[];
    let auditBefore: string;

    beforeAll(() => {
      const set = scenes.get(engine);
      if (set === undefined) throw new Error(`no scene was set on ${engine}`);
      scene = set;
    });

    const victimsRows = () => scene.rows.about(scene.victim.organizationId, Object.values(scene.victim.ids));
    const victimsAudit = async (): Promise<string> =>
      (await ask({ method: 'GET', path: '/control/v1/audit?limit=200', headers: scene.victim.callers.owner })).text;
    const ask: Scene['send'] = (call) => scene.send(call);
    const newestRecordOf = async ({ callers }: Scene['victim']) =>
      listIn((await ask({ method: 'GET', path: '/control/v1/usage/records?limit=1', headers: callers.owner })).json)[0];

    function headersOf(caller: (typeof CALLERS)[number]): Readonly<Record<string, string>> {
      return caller === 'nobody' ? { origin: scene.hub.address } : scene.attacker.callers[caller];
    }

    /** What of the victim's an answer holds beyond what was sent to get it. */
    function leaksIn(answer: Answered, sent: string): readonly string[] {
      const { mark, ids } = scene.victim;
      const text = answer.text.replaceAll(sent, '');
      return [mark, ...Object.values(ids)].filter((secret) => holds(text, secret));
    }

    async function tryOut(attack: Attack, caller: (typeof CALLERS)[number]): Promise<readonly string[]> {
      const { place, method } = attack;
      const send = async ({ path, organization, body, sent }: Attack['foreign']) => {
        const headers = {
          ...headersOf(caller),
          ...(organization === undefined ? {} : { 'x-hub-organization': organization }),
        };
        const answer = await ask({ method, path, headers, body });
        return { answer, said: `${answer.status} ${plain(answer.text, sent)}`, leaks: leaksIn(answer, sent) };
      };
      const foreign = await send(attack.foreign);
      const missing = await send(attack.missing);
      const where = `${caller}: ${place} = ${attack.foreign.sent}`;
      return [
        ...foreign.leaks.map((leak) => `${where} shows ${leak}`),
        ...(foreign.said === missing.said ? [] : [`${where} says ${foreign.said}, and for none ${missing.said}`]),
        ...(foreign.answer.status >= 500 ? [`${where} fails: ${foreign.said}`] : []),
        ...(attack.foreign.organization !== undefined && foreign.answer.status < 400 ? [`${where} is done`] : []),
      ];
    }

    it('has ids that lead to something, for who may', async () => {
      const { victim } = scene;
      const headers = victim.callers.owner;
      const seen: string[] = [];
      for (const { method, path, pathParams } of CONTROL.operations) {
        if (method !== 'GET' || pathParams.length === 0) continue;
        const { status } = await ask({ method, path: fill(path, victim.ids), headers });
        if (status !== 200) seen.push(`${status} ${path.replace('/control/v1', '')}`);
      }
      expect(seen.toSorted()).toEqual([
        '302 /auth/sso/{sso_connection_id}/begin',
        '302 /auth/sso/{sso_connection_id}/callback',
        // Months and numbers are nobody's ids; whose they are is said by the organization alone.
        '400 /credit/credit-notes/{number}/print',
        '400 /credit/statements/{month}',
        '400 /credit/statements/{month}/export',
        '400 /credit/statements/{month}/print',
        '403 /installation/credit/code-batches/{batch_id}',
        '403 /installation/credit/code-batches/{batch_id}/codes',
        '403 /installation/credit/code-batches/{batch_id}/redemptions',
        '403 /installation/customers/{customer_id}',
        '403 /installation/payments/payment-kit/customers/{organization_id}',
        '403 /installation/sso-connections/{sso_connection_id}',
        '403 /organizations/{organization_id}',
        '403 /organizations/{organization_id}/operator-rule',
        '403 /users/{user_id}',
        '403 /users/{user_id}/export',
        '403 /users/{user_id}/sessions',
      ]);
      const film = await ask({
        method: 'GET',
        path: `/v1/videos/${victim.ids['film_id']}`,
        headers: victim.callers['model caller'],
      });
      expect(film.status).toBe(200);
      const kept = await ask(responseAfter(victim.ids['response_id'], victim.callers['model caller']));
      // The stand-in keeps nothing; what counts is that it was asked.
      expect(kept.text).toContain('upstream');
      // What was said is stored after the answer, and is not to be taken for something that an attack has left.
      const { request_id } = (await newestRecordOf(victim)) ?? {};
      await eventually('the content of that call', async () => {
        const path = `/control/v1/usage/requests/${textOf(request_id)}/content`;
        return (await ask({ method: 'GET', path, headers })).status === 200;
      });
      before = await victimsRows();
      auditBefore = await victimsAudit();
      expect(before.length).toBeGreaterThan(30);
    });

    it.each(CALLERS)(
      'every foreign id everywhere looks to the %s as one that nobody has',
      { timeout: 120_000 },
      async (caller) => {
        const { attacker, victim } = scene;
        // Ids of every kind in every place once; on the other engine, those that fit.
        const isThorough = engine === 'sqlite' && (caller === 'owner' || caller === 'model caller');
        const kinds = isThorough ? 'all' : 'fitting';
        const operations = caller === 'model caller' ? DATA.operations : CONTROL.operations;
        const attacks = [
          ...operations.flatMap((operation) => attacksOn(operation, { attacker, victim, kinds })),
          ...(caller === 'owner'
            ? []
            : OPERATIONS.flatMap((operation) => attacksOn(operation, { attacker, victim, kinds: 'fitting' }))),
        ];
        expect(attacks.length).toBeGreaterThan(100);
        expect(await inTurns(attacks, (attack) => tryOut(attack, caller))).toEqual([]);
      },
    );

    it('names of models and answers of another’s are those of nobody', { timeout: 60_000 }, async () => {
      const { attacker, victim } = scene;
      const headers = attacker.callers['model caller'];
      // A film that is made from another is of that one's model.
      const posts = DATA.operations.filter(({ method, path }) => method === 'POST' && !path.endsWith('/remix'));
      const problems: string[] = [];
      for (const { path } of posts) {
        for (const name of [`${victim.mark}-own/fake-small`, `${victim.mark}-fast`]) {
          for (const isFramework of [false, true]) {
            const call = async (model: string): Promise<string> => {
              const body = bodyFor(model, isFramework);
              const answer = await ask({ method: 'POST', path: path.replace('{model}', model), headers, body });
              problems.push(...leaksIn(answer, model).map((leak) => `${path} shows ${leak}`));
              return `${answer.status} ${plain(answer.text, model)}`;
            };
            const said = await call(name);
            const saidOfNone = await call(name.replace(victim.mark, 'nobody'));
            if (said !== saidOfNone) problems.push(`${path} says of ${name}: ${said}, and of none: ${saidOfNone}`);
          }
        }
      }
      const [foreign, none] = [victim.ids['response_id'] ?? '', 'resp_u2O69e9sF9xUwG1ap4ZeMUN2etjqq'];
      const after = await ask(responseAfter(foreign, headers));
      expect(after.status).toBe(404);
      expect(plain(after.text, foreign)).toBe(plain((await ask(responseAfter(none, headers))).text, none));
      expect(problems).toEqual([]);
    });

    it('methods that no document names are refused', { timeout: 60_000 }, async () => {
      const problems: string[] = [];
      for (const { method, path } of undeclaredCalls(OPERATIONS, scene.victim)) {
        for (const caller of ['owner', 'model caller'] as const) {
          const answer = await ask({ method, path, headers: headersOf(caller) });
          const leaks = leaksIn(answer, '').filter((leak) => !path.includes(leak));
          if (answer.status < 400 || answer.status > 499 || leaks.length > 0) {
            problems.push(`${caller}: ${method} ${path}: ${answer.status} ${leaks.join(' ')}`);
          }
        }
      }
      expect(problems).toEqual([]);
    });

    it('who runs the hub reaches no provider credential, no connection and no content of an organization’s own', async () => {
      const { hub, victim } = scene;
      const headers = { authorization: `Bearer ${hub.controlToken}` };
      const problems: string[] = [];
      for (const { method, path } of CONTROL.operations.filter(({ method }) => method === 'GET')) {
        // It says that there is something, never what, and goes on for a minute.
        if (path.endsWith('/events')) continue;
        for (const organization of [undefined, victim.organizationId]) {
          const about = organization === undefined ? headers : { ...headers, 'x-hub-organization': organization };
          const { text } = await ask({ method, path: fill(path, victim.ids), headers: about });
          const { mark, ids } = victim;
          const secrets = [`sk-${mark}-secret`, `${mark}-client-secret`, `${mark} said so`];
          // The log of acts says that a connection was made, and by whom; what must not be read is masked in it.
          const rest = [
            `"${mark}-own"`,
            `${mark} credential`,
            ids['connection_id'],
            ids['credential_id'],
            ids['model_id'],
          ];
          const wanted = path.includes('/audit') ? secrets : [...secrets, ...rest];
          const shown = wanted.filter((word) => word !== undefined && text.includes(word));
          if (shown.length > 0) problems.push(`${path} shows ${shown.join(', ')}`);
        }
      }
      expect(problems).toEqual([]);
    });

    it('the same Idempotency-Key is another one in another organization', async () => {
      const { attacker, victim } = scene;
      const make = (side: Scene['victim']) =>
        ask({
          method: 'POST',
          path: '/control/v1/teams',
          headers: { ...side.callers.owner, 'idempotency-key': 'the-same' },
          body: { name: `${side.mark} once` },
        });
      const first = await make(victim);
      const second = await make(attacker);
      expect([first.status, second.status]).toEqual([201, 201]);
      expect(second.json['id']).not.toBe(first.json['id']);
      expect(leaksIn(second, '')).toEqual([]);
      const id = textOf(first.json['id']);
      expect(
        (await ask({ method: 'DELETE', path: `/control/v1/teams/${id}`, headers: victim.callers.owner })).status,
      ).toBe(200);
      auditBefore = await victimsAudit();
    });

    it('a page’s mark of another’s list leads to one’s own rows', async () => {
      const { attacker, victim } = scene;
      const page = async (side: Scene['victim'], path: string, cursor: string) =>
        ask({ method: 'GET', path: `${path}?limit=1${cursor}`, headers: side.callers.owner });
      for (const { method, path, queryParams } of CONTROL.operations) {
        if (method !== 'GET' || !queryParams.includes('cursor')) continue;
        const first = await page(victim, fill(path, victim.ids), '');
        const next = first.json['next_cursor'];
        if (typeof next !== 'string') continue;
        const answer = await page(attacker, fill(path, attacker.ids), `&cursor=${encodeURIComponent(next)}`);
        expect(leaksIn(answer, next), path).toEqual([]);
      }
    });

    it('nothing of the other’s has changed, and no row of one’s own names it', async () => {
      expect(differences(before, await victimsRows())).toEqual([]);
      expect(await victimsAudit()).toBe(auditBefore);
    });

    if (engine === 'sqlite')
      it('no field of any schema is taken where its own schema does not have it', { timeout: 120_000 }, async () => {
        const bodied = CONTROL.operations.flatMap((operation) =>
          operation.body === undefined ? [] : [{ ...operation, body: operation.body }],
        );
        expect(bodied.length).toBeGreaterThan(40);
        const operator = { authorization: `Bearer ${scene.hub.controlToken}` };
        let count = 0;
        const found = await inTurns(bodied, async ({ method, path, body }) => {
          const own = { method, path: fill(path, scene.attacker.ids) };
          const { status } = await ask({ ...own, headers: headersOf('owner'), body: { [MARKER]: true } });
          const headers = status === 403 ? operator : headersOf('owner');
          // Bodies of objects stay objects with a field more.
          const tried = async (value: JsonValue) => ask({ ...own, headers, body: value as JsonObject });
          const taken: string[] = [];
          for (const { way, fields, required } of body.objects) {
            const filled = required.reduce<JsonValue>((whole, field) => withField(whole, way, field), body.example);
            const base = way.length === 0 ? body.example : filled;
            const names = [...CONTROL.fieldNames, ...MORE_FIELDS].filter((name) => !fields.includes(name));
            count += names.length;
            // All at once, since a refusal names each that it refuses; those that it does not name, one by one.
            const together = names.filter((name) => !OF_PROTOTYPES.has(name));
            const answer = await tried(together.reduce((whole, name) => withField(whole, way, [name, true]), base));
            const left = names.filter((name) => OF_PROTOTYPES.has(name) || !isRefused(answer, quoted(name)));
            for (const name of left) {
              const alone = await tried(withField(base, way, [name, true]));
              if (isRefused(alone, name) || REFUSALS.some((said) => isRefused(alone, said))) continue;
              taken.push(`${method} ${path} ${name}: ${alone.status} ${alone.text.slice(0, 200)}`);
            }
          }
          return taken;
        });
        expect(count).toBeGreaterThan(5000);
        expect(found).toEqual([]);
      });

    it('no field in the body of a call of a model says whose call it is', async () => {
      const { attacker, victim } = scene;
      const claims = { ...victim.ids, is_operator: true, role: 'owner', status: 'succeeded' };
      const headers = { ...attacker.callers['model caller'], 'x-hub-organization': victim.organizationId };
      const body = {
        model: 'fake/fake-small',
        messages: [{ role: 'user', content: 'x' }],
        metadata: victim.ids,
        ...claims,
      };
      const answer = await ask({ method: 'POST', path: '/v1/chat/completions', headers, body });
      expect(answer.status, answer.text).toBe(200);
      const own = { project_id: attacker.ids['project_id'], key_id: attacker.ids['key_id'] };
      expect(await newestRecordOf(attacker)).toMatchObject(own);
      expect(differences(before, await victimsRows())).toEqual([]);
    });
  });
});

const MARKER = 'no_such_field';
/** Where a value may be one of several things, the refusal says no more; JSON with a prototype in it is not read at all. */
const REFUSALS = ['claims.email_verified: Invalid input', 'request.malformed_json'];

/** JSON with these in it may be refused before any schema sees it. */
const OF_PROTOTYPES = new Set(['__proto__', 'constructor']);

function isRefused({ status, text }: Answered, said: string): boolean {
  return status === 400 && text.includes(said);
}

/** A name in quotation marks, as it stands in a text within JSON. */
function quoted(name: string): string {
  return JSON.stringify(JSON.stringify(name)).slice(1, -1);
}

/** A body with whatever any of the formats asks for. */
function bodyFor(model: string, isFramework: boolean): JsonObject {
  const messages = [{ role: 'user', content: 'Say something.' }];
  const input = isFramework ? { modelOptions: { model }, messages, prompt: 'Something.' } : 'Say something.';
  const content = { parts: [{ text: 'Something.' }] };
  const embedded = isFramework ? { requests: [{ content }] } : { content };
  return { model, messages, max_tokens: 9, prompt: 'Something.', input, contents: [content], ...embedded };
}

function responseAfter(id: string | undefined, headers: Readonly<Record<string, string>>) {
  const body: JsonObject = { model: 'openai-responses/fake-small', input: 'And then?', previous_response_id: id ?? '' };
  return { method: 'POST', path: '/v1/responses', headers, body };
}

/** Whether a text holds an id as a whole word: the ids of a stand-in's films begin like each other. */
function holds(text: string, id: string): boolean {
  return text
    .split(id)
    .slice(1)
    .some((rest) => !/^\d/.test(rest));
}

function differences(before: readonly string[], after: readonly string[]): readonly string[] {
  return [
    ...before.filter((row) => !after.includes(row)).map((row) => `gone: ${row}`),
    ...after.filter((row) => !before.includes(row)).map((row) => `new: ${row}`),
  ];
}

/** An answer without what differs from call to call, and without the id that was sent. */
function plain(text: string, sent: string): string {
  return text.replaceAll(sent, '«id»').replaceAll(/req_[0-9a-z]{26}/g, '«request»');
}

/** Does all, some at a time, and gathers what each found. */
async function inTurns<T>(all: readonly T[], work: (one: T) => Promise<readonly string[]>): Promise<readonly string[]> {
  const waiting = [...all];
  const found: string[] = [];
  const turn = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) found.push(...(await work(one)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, turn));
  return found;
}
