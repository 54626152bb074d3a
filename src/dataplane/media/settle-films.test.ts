import { describe, expect, test } from 'vitest';
import { systemClock } from '../../kernel/clock.ts';
import { createIdMaker } from '../../kernel/ids.ts';
import type { JobWithHold } from '../../ledger/ports.ts';
import { type Deployment, NO_QUIRKS } from '../../protocol/deployment.ts';
import type { UpstreamCall } from '../../upstream/ports.ts';
import { deploymentAt } from '../testing/deployment.ts';
import type { Send } from '../upstream-answer.ts';
import { settleFilms } from './settle-films.ts';
import { filmJob } from './testing/film-job.ts';

const MINUTE_MS = 60_000;
const TENANT = { organizationId: 'org_1', projectId: 'proj_1' };

type Answer = { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: object } | 'down';

/** One provider that says that of every film, and what comes of the films that are due. */
async function settle(
  answer: Answer,
  found: Partial<Pick<JobWithHold, 'asks' | 'misses'>> = {},
  { random = 0.5, isThere = true, due = 1 }: { random?: number; isThere?: boolean; due?: number } = {},
) {
  const calls: UpstreamCall[] = [];
  const ends: unknown[] = [];
  const postponed: { readonly inMs: number; readonly misses: number }[] = [];
  let left = due;
  const send: Send = (call, listener) => {
    calls.push(call);
    setImmediate(() => {
      if (answer === 'down') {
        const message = 'There is nobody.';
        return listener.onFault({ code: 'upstream.unreachable', phase: 'connect', message, cause: undefined });
      }
      const { status = 200, headers = {}, body = {} } = answer;
      listener.onHeaders(status, { 'content-type': 'application/json', ...headers });
      listener.onData(Buffer.from(JSON.stringify(body)));
      listener.onEnd();
    });
    return { pause: () => undefined, resume: () => undefined, abort: () => undefined };
  };
  const deps = {
    jobs: {
      claimDue: async ({ limit }: { readonly limit: number }) => {
        const taken = Math.min(left, limit);
        left -= taken;
        return Array.from({ length: taken }, () => filmJob('{}', found));
      },
      postpone: async (_id: string, again: { readonly inMs: number; readonly misses: number }) => {
        postponed.push(again);
      },
    },
    placeOf: () => (isThere ? DEPLOYMENT : undefined),
    asking: {
      clock: systemClock,
      credentials: {
        next: () => ({ id: 'cred_1', headers: { authorization: 'Bearer cred_1' } }),
        noteUse: () => undefined,
        noteFault: () => undefined,
        scrub: (_connection: unknown, text: string) => text,
      },
      sendWithin: () => send,
      timeouts: { connectMs: 1000, firstByteMs: 1000, idleMs: 1000, totalMs: 1000 },
      responseBytesMax: 10_000,
    },
    newWireId: createIdMaker(systemClock.now),
    end: async (job: JobWithHold, endOf: (job: JobWithHold, terms: undefined) => unknown) =>
      void ends.push(endOf(job, undefined)),
    random: () => random,
  };
  await settleFilms(deps, new AbortController().signal);
  return { calls, ends, postponed };
}

const endpoints = new Map([['videos', [{ dialect: 'openai-media', path: '/v1/videos', quirks: NO_QUIRKS }]]] as const);
const credentials = [{ id: 'cred_1', sealed: '', weight: 1, ...TENANT, baseUrl: '' }];
const DEPLOYMENT: Deployment = { ...deploymentAt('https://provider.test', 'sora-2', { credentials }), endpoints };
const QUEUED = { body: { id: 'video_1', status: 'queued' } };
const NOT_FOUND = { status: 404, body: { error: { message: 'Video not found.' } } };

describe('a film that is due', () => {
  test('is asked after where it is made, with the credential that made it', async () => {
    const { calls } = await settle(QUEUED);
    expect(calls).toMatchObject([
      {
        method: 'GET',
        origin: 'https://provider.test',
        path: '/v1/videos/video_1',
        headers: { authorization: 'Bearer cred_1' },
      },
    ]);
  });

  test.each<[string, string, string]>([
    ['is made', 'completed', 'estimated'],
    ['has failed', 'failed', 'released'],
  ])('and %s ends its hold', async (_, status, state) => {
    const { ends, postponed } = await settle({ body: { id: 'video_1', status } });
    expect(ends).toMatchObject([{ kind: 'end', id: 'ur_1', state }]);
    expect(postponed).toEqual([]);
  });

  test.each<[string, number, number, number]>([
    ['soon at first', 1, 0.5, 3000],
    ['later and later', 4, 0.5, 10_125],
    ['within five minutes at last', 40, 0.5, 5 * MINUTE_MS],
    ['a little earlier', 1, 0, 2400],
    ['or a little later, so that many do not come together', 1, 1, 3600],
  ])('and is not ready is asked after again: %s', async (_, asks, random, inMs) => {
    expect((await settle(QUEUED, { asks, misses: 3 }, { random })).postponed).toEqual([{ inMs, misses: 0 }]);
  });

  test.each<[string, Answer, number]>([
    ['cannot be reached', 'down', 3000],
    ['fails', { status: 500 }, 3000],
    ['answers nothing that can be read', { body: ['?'] }, 3000],
    ['does not take the credential', { status: 401 }, 3000],
    ['wants to be left alone', { status: 429, headers: { 'retry-after': '120' } }, 2 * MINUTE_MS],
    [
      'wants to be left alone for longer than an hour',
      { status: 429, headers: { 'retry-after': '90000' } },
      60 * MINUTE_MS,
    ],
  ])('whose provider %s is asked after again, and no more is known of it', async (_, answer, inMs) => {
    const { ends, postponed } = await settle(answer, { misses: 2 });
    expect([ends, postponed]).toEqual([[], [{ inMs, misses: 2 }]]);
  });

  test('that its provider does not know is asked after a few times more, and then taken as it was likely to be', async () => {
    expect((await settle(NOT_FOUND)).postponed).toEqual([{ inMs: MINUTE_MS, misses: 1 }]);
    expect((await settle(NOT_FOUND, { misses: 2 })).postponed).toEqual([{ inMs: MINUTE_MS, misses: 3 }]);
    const { ends, postponed } = await settle(NOT_FOUND, { misses: 3 });
    expect(ends).toMatchObject([{ state: 'estimated', amountNano: 500n, basis: /no longer knows it/ }]);
    expect(postponed).toEqual([]);
  });

  test('waits while its connection is switched off', async () => {
    const { calls, postponed } = await settle(QUEUED, { misses: 1 }, { isThere: false });
    expect([calls, postponed]).toEqual([[], [{ inMs: 5 * MINUTE_MS, misses: 1 }]]);
  });

  test('is one of many that are taken some at a time', async () => {
    expect((await settle(QUEUED, {}, { due: 120 })).calls).toHaveLength(120);
  });
});
