import { expect, it } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import { compileGuardrail } from './applicable.ts';
import { CallGuard } from './call-guard.ts';
import { type Asked, createJudge, type ExternalGuardrail, type Judgement, SENT_BYTES_MAX } from './external.ts';
import type { AskService } from './ports.ts';

const CALL = { requestId: 'req_1', model: 'm', projectId: 'proj_1', keyId: 'key_1' };
const GUARDRAIL: ExternalGuardrail = {
  id: 'grl_1',
  organizationId: 'org_1',
  sealed: undefined,
  check: { kind: 'http', url: 'https://guard.example.com/v1', timeoutMs: 500, onFailure: 'block' },
};
const asked = (texts: readonly string[], signal = new AbortController().signal): Asked => ({
  direction: 'input',
  texts,
  call: CALL,
  signal,
});

/** A judge whose service answers so, and what it counted. */
function judgeOf(ask: AskService) {
  const counted: Judgement['action'][] = [];
  const judge = createJudge({
    ask,
    vault: { open: (sealed, { baseUrl }) => `${sealed} for ${baseUrl}` },
    onJudged: (action) => counted.push(action),
  });
  return { judge, counted };
}

const saying = (body: unknown, status = 200): AskService => {
  return async () => ({ status, body: typeof body === 'string' ? body : JSON.stringify(body) });
};

it.each<[string, unknown, Judgement]>([
  ['passes', { action: 'pass', and: 'more' }, { action: 'pass' }],
  ['flags', { action: 'flag', reason: null }, { action: 'flag', reason: undefined }],
  ['blocks', { action: 'block', reason: ' a\r\nb ' }, { action: 'block', reason: 'a b' }],
  ['talks long', { action: 'flag', reason: 'x'.repeat(999) }, { action: 'flag', reason: 'x'.repeat(300) }],
  ['masks', { action: 'mask', texts: ['', 'b'] }, { action: 'mask', reason: undefined, texts: ['', 'b'] }],
  ['masks too little', { action: 'mask', texts: ['a'] }, { action: 'failed', reason: 'it masked 1 texts of 2' }],
  ['says nothing', '', { action: 'failed', reason: 'its answer is none that a guardrail gives' }],
])('a service that %s is understood', async (_what, body, judgement) => {
  const { judge, counted } = judgeOf(saying(body));
  expect(await judge(GUARDRAIL, asked(['a', 'b']))).toEqual(judgement);
  expect(counted).toEqual([judgement.action]);
});

it('is sent what the guardrail knows, with the secret that is sealed to its address', async () => {
  const calls: Parameters<AskService>[0][] = [];
  const { judge } = judgeOf(async (call) => {
    calls.push(call);
    return { status: 200, body: '{"action":"pass"}' };
  });
  await judge({ ...GUARDRAIL, sealed: 'sealed' }, asked(['a']));
  expect(calls).toMatchObject([
    {
      organizationId: 'org_1',
      url: 'https://guard.example.com/v1',
      timeoutMs: 500,
      headers: { authorization: 'Bearer sealed for https://guard.example.com/v1' },
    },
  ]);
});

it('is not sent more than it may be, nor asked by too many at once', async () => {
  const release: (() => void)[] = [];
  const { judge } = judgeOf(
    () => new Promise((resolve) => release.push(() => resolve({ status: 200, body: '{"action":"pass"}' }))),
  );
  expect(await judge(GUARDRAIL, asked(['x'.repeat(SENT_BYTES_MAX)]))).toMatchObject({ action: 'failed' });
  expect(release).toEqual([]);
  const calls = Array.from({ length: 64 }, () => judge(GUARDRAIL, asked(['a'])));
  await expect.poll(() => release.length).toBe(64);
  expect(await judge(GUARDRAIL, asked(['a']))).toEqual({
    action: 'failed',
    reason: 'too many calls of it are under way',
  });
  for (const each of release) each();
  expect(new Set((await Promise.all(calls)).map(({ action }) => action))).toEqual(new Set(['pass']));
  const again = judge(GUARDRAIL, asked(['a']));
  await expect.poll(() => release.length).toBe(65);
  release.at(-1)?.();
  expect(await again).toEqual({ action: 'pass' });
});

it('fails by the code of what went wrong on the way, and not where nobody waits any more', async () => {
  const { judge } = judgeOf(() => Promise.reject(new GatewayError('egress.blocked')));
  expect(await judge(GUARDRAIL, asked(['a']))).toEqual({ action: 'failed', reason: 'egress.blocked' });
  const gone = new GatewayError('client.closed');
  await expect(judge(GUARDRAIL, asked(['a'], AbortSignal.abort(gone)))).rejects.toBe(gone);
  const { judge: broken } = judgeOf(() => Promise.reject(new TypeError('a bug')));
  await expect(broken(GUARDRAIL, asked(['a']))).rejects.toThrowError('a bug');
});

it('services are asked one after another, each of what the one before let go', async () => {
  const seen: (readonly string[])[] = [];
  const compiled = ['grl_1', 'grl_2'].map((id) =>
    compileGuardrail({ ...GUARDRAIL, id, name: id, action: 'block', place: 'both' }),
  );
  const guard = new CallGuard(compiled, {
    call: CALL,
    judge: async (_guardrail, { texts }) => {
      seen.push(texts);
      return { action: 'mask', reason: undefined, texts: texts.map((text) => `${text}*`) };
    },
  });
  expect(await guard.judged('input', guard.input(['a', '']), new AbortController().signal)).toEqual(['a**', '**']);
  expect(seen).toEqual([
    ['a', ''],
    ['a*', '*'],
  ]);
  expect(guard.readsAnswer && guard.holdsAnswer).toBe(true);
  expect([...guard.replaced]).toEqual([
    ['a', 'a*'],
    ['a*', 'a**'],
    ['*', '**'],
  ]);
});
