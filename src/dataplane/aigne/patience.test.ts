import { expect, it } from 'vitest';
import { ERRORS, type ErrorCode, GatewayError } from '../../kernel/errors.ts';
import { lateFailure, Patience, SIGN_OF_LIFE_MS } from './patience.ts';

/** A caller that waits: what it got, and a clock that ticks by hand. */
function waiting(streamed: boolean) {
  const got: string[] = [];
  const answer = { bytes: 0 };
  let tick = (): void => undefined;
  let isStopped = false;
  const patience = new Patience(() => streamed, {
    every: (intervalMs, onTick) => {
      expect(intervalMs).toBe(SIGN_OF_LIFE_MS);
      tick = onTick;
      return () => {
        isStopped = true;
      };
    },
    sendHead: () => got.push('head'),
    send: (text) => got.push(text),
    answerBytes: () => answer.bytes,
  });
  return {
    got,
    answer,
    patience,
    tick: () => {
      if (!isStopped) tick();
    },
  };
}

it('sends the head and a blank to who waits for a whole answer, then more blanks', () => {
  const { got, patience, tick } = waiting(false);
  expect(patience.isHeadSent).toBe(false);
  tick();
  tick();
  expect(got).toEqual(['head', ' ', ' ']);
  expect(patience.isHeadSent).toBe(true);
});

it('leaves a whole answer alone once it is on its way', () => {
  const { got, answer, tick } = waiting(false);
  answer.bytes = 10;
  tick();
  tick();
  expect(got).toEqual([]);
});

it('sends comments into the silences of a stream, and no second head', () => {
  const { got, answer, tick, patience } = waiting(true);
  tick();
  answer.bytes = 100;
  tick();
  tick();
  expect(got).toEqual(['head', ': waiting\n\n', ': waiting\n\n']);
  expect(patience.isHeadSent).toBe(true);
});

it('leaves the head to a stream that has begun', () => {
  const { got, answer, tick, patience } = waiting(true);
  answer.bytes = 100;
  tick();
  tick();
  expect(got).toEqual([': waiting\n\n']);
  expect(patience.isHeadSent).toBe(false);
});

it('is silent after its end', () => {
  const { got, patience, tick } = waiting(false);
  patience.stop();
  tick();
  expect(got).toEqual([]);
});

it('tells a late failure by words that no parser takes for JSON, the kind first', () => {
  const error = new GatewayError('upstream.timeout', { upstream: { status: 504, message: 'gone' } });
  expect(lateFailure(error, 'req_1')).toBe(
    'timeout: The provider did not answer in time. gone (upstream.timeout, req_1)',
  );
  // Every code of the catalogue is a code.
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    expect(() => JSON.parse(` ${lateFailure(new GatewayError(code), 'req_1')}`) as unknown).toThrow(SyntaxError);
  }
});
