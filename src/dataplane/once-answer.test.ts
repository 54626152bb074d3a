import { EventEmitter } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import type { CallEnd } from '../identity/calls-once.ts';
import type { CallerResponse } from './aigne/shared-answers.ts';
import { OnceAnswer } from './once-answer.ts';

/** A caller who takes what it gets, until it is full or gone. */
class Caller extends EventEmitter implements CallerResponse {
  readonly socket = null;
  readonly useChunkedEncodingByDefault = true;
  headersSent = false;
  destroyed = false;
  takesMore = true;
  ended = false;
  text = '';

  writeHead(): void {
    this.headersSent = true;
  }

  write(bytes: Buffer | string): boolean {
    this.text += String(bytes);
    return this.takesMore;
  }

  end(bytes: Buffer | string = ''): void {
    this.text += String(bytes);
    this.ended = true;
  }

  addTrailers(): void {
    this.headersSent = true;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function begun(bytesMax = 100) {
  const caller = new Caller();
  const kept = Promise.withResolvers<void>();
  const ends: CallEnd[] = [];
  const settle = (end: CallEnd): Promise<void> => {
    ends.push(end);
    return kept.promise;
  };
  const answer = new OnceAnswer(caller, { bytesMax, takeRoom: () => true, settle });
  onTestFinished(() => kept.resolve());
  return { caller, answer, ends, kept: kept.resolve };
}

it('releases its end once it is kept', async () => {
  const { caller, answer, ends, kept } = begun();
  answer.writeHead(200, ['content-type', 'text/plain', 'x-hub-overhead-ms', '1', 'x-hub-losses', 'a']);
  answer.write('one ');
  answer.addTrailers([
    ['x-hub-cost', '0.1'],
    ['x-hub-losses', 'b'],
  ]);
  answer.end('two');
  expect(caller).toMatchObject({ text: 'one ', ended: false });
  kept();
  await answer.conclude();
  expect(caller).toMatchObject({ text: 'one two', ended: true });
  expect(ends).toEqual([
    {
      status: 200,
      headers: ['content-type', 'text/plain', 'x-hub-losses', 'a, b', 'x-hub-cost', '0.1'],
      body: Buffer.from('one two'),
    },
  ]);
});

it('goes on without its caller, who was full', () => {
  const { caller, answer, ends } = begun();
  const heard: string[] = [];
  for (const name of ['drain', 'close']) answer.once(name, () => heard.push(name));
  caller.takesMore = false;
  answer.writeHead(200, []);
  expect(answer.write('one ')).toBe(false);
  caller.destroy();
  expect(heard).toEqual(['drain']);
  expect(answer.write('two')).toBe(true);
  answer.end();
  expect(ends).toMatchObject([{ body: Buffer.from('one two') }]);
});

it.each(['before', 'after'])('ends with its caller who leaves %s there is more than is kept', async (when) => {
  const { caller, answer, ends, kept } = begun(5);
  answer.writeHead(200, []);
  if (when === 'before') caller.destroy();
  answer.write('123456');
  if (when === 'after') caller.destroy();
  expect(answer.destroyed).toBe(true);
  kept();
  await answer.conclude();
  expect(ends).toEqual(['too_long']);
});

it('is told as broken off where it was', async () => {
  const { caller, answer, ends, kept } = begun();
  answer.writeHead(200, []);
  answer.write('1');
  answer.destroy();
  kept();
  await answer.conclude();
  expect(caller.destroyed).toBe(true);
  expect(ends).toEqual(['broken_off']);
});
