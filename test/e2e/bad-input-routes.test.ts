import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NAMED_METHODS, ROUTES } from '../../src/dataplane/routes.ts';
import { ERRORS } from '../../src/kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../src/kernel/json.ts';
import { callHub, type HubAnswer } from '../support/hub-calls.ts';
import { type BadBody, NO_JSON, ODD_BYTES, ODD_VALUES, VALID } from './bad-input/bodies.ts';
import { type Scene, setScene } from './bad-input/scene.ts';

/** What gives away how the hub is built. */
const INSIDES = /node:internal|\.ts:\d|\.js:\d|TypeError|SyntaxError|undefined|\[object/;
const UNKNOWN_MODEL = 'fake/no-such-model';
/** A provider of the caller's own dialect, and one of another. */
const MODELS = ['fake/fake-small', 'claude/fake-small', 'bytes-only/fake-small'] as const;

let scene: Scene;

/** The addresses that name the model, for a model. */
function namedPaths(model: string) {
  return [...NAMED_METHODS].map(([method, operation]) => ({
    path: `/v1beta/models/${model}:${method}`,
    dialect: 'gemini-generate',
    operation,
  }));
}

beforeAll(async () => {
  scene = await setScene();
});

afterAll(() => scene?.close());

const PATHS = [
  ...[...ROUTES].map(([path, { caller, operation }]) => ({ path, dialect: caller.dialect, operation })),
  ...namedPaths('fake/fake-small'),
];
const JSON_PATHS = PATHS.filter(
  ({ operation }) => !['transcriptions', 'translations', 'image-edits'].includes(operation),
);

function post(path: string, body: Buffer | JsonObject, type = 'application/json'): Promise<HubAnswer> {
  return callHub(scene.hub, scene.keys.good, { path, body, headers: { 'content-type': type } });
}

/** A refusal in the words of the caller's own dialect, with our code and no more of the hub than that. */
function expectRefusal(
  answer: HubAnswer,
  { dialect, where }: { readonly dialect: string; readonly where: string },
): void {
  expect(answer.status, where).toBeGreaterThanOrEqual(400);
  expect(answer.status, where).toBeLessThan(500);
  expect(answer.headers['content-type'], where).toMatch(/^application\/json/);
  expect(answer.headers['x-should-retry'], where).toBe('false');
  const { message } = answer.error;
  const code = codeOf(answer);
  expect(Object.keys(ERRORS), where).toContain(code);
  expect(message, where).toMatch(/[.?]$/);
  if (dialect === 'anthropic-messages') {
    expect(Object.keys(answer.json), where).toEqual(['type', 'error', 'request_id']);
    expect(answer.error['type'], where).toMatch(/^(invalid_request_error|not_found_error|request_too_large)$/);
  } else if (dialect === 'gemini-generate') {
    expect(Object.keys(answer.json), where).toEqual(['error']);
    expect(answer.error['code'], where).toBe(answer.status);
    expect(answer.error['status'], where).toMatch(/^(INVALID_ARGUMENT|NOT_FOUND)$/);
  } else if (dialect.startsWith('aigne-')) {
    expect(answer.json['message'], where).toBe(message);
    expect(answer.error['type'], where).toBe(code);
  } else {
    expect(Object.keys(answer.json), where).toEqual(['error']);
    expect(answer.error['type'], where).toBe('invalid_request_error');
  }
  expect(answer.text, where).not.toMatch(INSIDES);
}

/** The hub's own code, which stands in a detail where `code` is the status. */
function codeOf({ error }: HubAnswer): JsonValue | undefined {
  const { code, details } = error;
  if (typeof code === 'string' || !Array.isArray(details)) return code;
  return details.map((detail) => (isJsonObject(detail) ? detail['reason'] : undefined)).find((reason) => reason);
}

describe.each(PATHS)('$path', ({ path, dialect }) => {
  it('refuses every body that is none, as its caller’s mistake', { timeout: 30_000 }, async () => {
    for (const body of [...NO_JSON, ...ODD_BYTES] satisfies readonly BadBody[]) {
      const answer = await post(path, body.bytes);
      const where = `${path}: ${body.name}: ${answer.status} ${answer.text}`;
      // The clients of the framework leave the model out, and get the default one's.
      expectRefusal(answer, { dialect, where });
      if (body.status === 413) expect(answer.status, where).toBe(413);
    }
  });

  it('refuses a form that is none', async () => {
    for (const type of ['multipart/form-data', 'multipart/form-data; boundary=x', 'multipart/form-data; boundary=']) {
      const answer = await post(path, Buffer.from('--x\r\ncontent-disposition: form-data; name="model"\r\n\r\n'), type);
      expectRefusal(answer, { dialect, where: `${path}: ${type}: ${answer.text}` });
    }
  });
});

const UNKNOWN_PATHS = [
  ...JSON_PATHS.filter(({ dialect }) => dialect !== 'gemini-generate'),
  ...namedPaths(UNKNOWN_MODEL),
];

it.each(UNKNOWN_PATHS)('$path refuses a model that nobody knows', async ({ path, dialect }) => {
  const body: JsonObject = {
    model: UNKNOWN_MODEL,
    input: dialect === 'aigne-framework' ? { modelOptions: { model: UNKNOWN_MODEL }, messages: [], prompt: 'x' } : 'x',
    messages: [{ role: 'user', content: 'x' }],
    prompt: 'x',
    max_tokens: 5,
    voice: 'alloy',
    contents: [{ parts: [{ text: 'x' }] }],
    content: { parts: [{ text: 'x' }] },
  };
  const answer = await post(path, body);
  expectRefusal(answer, { dialect, where: `${path}: ${answer.text}` });
  expect(codeOf(answer)).toBe('model.not_found');
});

describe.each(VALID)('$path with an odd value in the place of any field', ({ dialect, requestFor }) => {
  it.each(MODELS)('for %s: is answered, or refused as its caller’s mistake', { timeout: 60_000 }, async (model) => {
    const { to, body } = requestFor(model);
    for (const [place, spoilt] of spoiltBodies(body)) {
      const answer = await post(to, Buffer.from(spoilt));
      const where = `${place}: ${answer.status} ${answer.text}`;
      expect(answer.text, where).not.toMatch(/node:internal|\.ts:\d|TypeError/);
      if (answer.status === 200) continue;
      expect(answer.status, where).toBeGreaterThanOrEqual(400);
      expect(answer.status, where).toBeLessThan(500);
      expect(Object.keys(ERRORS), where).toContain(codeOf(answer));
      if (answer.error['upstream'] === undefined) expectRefusal(answer, { dialect, where });
    }
  });
});

/** The body with each odd value in the place of each of its values, as text: not all of them can be written otherwise. */
function spoiltBodies(body: JsonObject): readonly (readonly [string, string])[] {
  const mark = '"the place of an odd value"';
  return pathsIn(body).flatMap((place) => {
    const marked = JSON.stringify(replaced(body, place, parseJson(mark)));
    return ODD_VALUES.map((odd) => [`${place.join('.')}: ${odd}`, marked.replace(mark, () => odd)] as const);
  });
}

function pathsIn(value: JsonValue | undefined, path: readonly string[] = []): readonly (readonly string[])[] {
  const own = path.length === 0 ? [] : [path];
  const entries = Array.isArray(value) ? [...value.entries()] : isJsonObject(value) ? Object.entries(value) : [];
  return [...own, ...entries.flatMap(([key, inner]) => pathsIn(inner, [...path, String(key)]))];
}

function replaced(value: JsonValue, [step, ...rest]: readonly string[], by: JsonValue): JsonValue {
  if (step === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === step ? replaced(item, rest, by) : item));
  return isJsonObject(value) ? { ...value, [step]: replaced(value[step] ?? null, rest, by) } : value;
}
