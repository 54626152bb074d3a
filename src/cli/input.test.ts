import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readRunFile } from './run-file.ts';
import { inputFrom } from './terminal.ts';
import { readMoment } from './time-span.ts';

describe('a moment', () => {
  const now = Date.UTC(2026, 0, 10);
  it.each([
    ['30m', -1, '2026-01-09T23:30:00.000Z'],
    ['24h', -1, '2026-01-09T00:00:00.000Z'],
    ['7d', 1, '2026-01-17T00:00:00.000Z'],
    ['2w', 1, '2026-01-24T00:00:00.000Z'],
    ['2026-03-01', 1, '2026-03-01T00:00:00.000Z'],
    ['2026-03-01T12:00:00+02:00', -1, '2026-03-01T10:00:00.000Z'],
  ] as const)('%s (%i) is %s', (text, direction, moment) => {
    expect(readMoment(text, now, direction)).toBe(moment);
  });

  it.each(['', 'soon', '5', '-3d', '2026-13-45', '1e3h'])('"%s" is none', (text) => {
    expect(() => readMoment(text, now, 1)).toThrow('is no time');
  });
});

describe('a hidden prompt', () => {
  it('gives what is typed and shows only the question', async () => {
    const stdin = new PassThrough();
    let shown = '';
    const input = inputFrom(stdin, { write: (text) => void (shown += text), isTerminal: true });
    const typed = input.readHidden('Key: ');
    stdin.write('sk-canary\n');
    expect(await typed).toBe('sk-canary');
    expect(shown).toBe('Key: \n');
  });

  it('ends when the input does', async () => {
    const stdin = new PassThrough();
    const typed = inputFrom(stdin, { write: () => {}, isTerminal: true }).readHidden('Key: ');
    stdin.end();
    await expect(typed).rejects.toThrow('nothing was typed');
  });
});

it('the standard input is read up to a bound', async () => {
  const stdin = new PassThrough();
  stdin.end('a'.repeat(2 * 1024 * 1024));
  await expect(inputFrom(stdin, { write: () => {}, isTerminal: false }).readAll()).rejects.toThrow('1 MiB');
});

describe('the file of a running hub', () => {
  const text = JSON.stringify({ pid: 7, address: 'http://127.0.0.1:4180', controlToken: 't' });
  it('counts while its process lives', () => {
    expect(readRunFile(text, (pid) => pid === 7)).toMatchObject({ address: 'http://127.0.0.1:4180' });
    expect(readRunFile(text, () => false)).toBeUndefined();
  });

  it.each([undefined, '', '{}', '{"pid":7,"address":"file:///x","controlToken":"t"}'])('%j is none', (other) => {
    expect(readRunFile(other, () => true)).toBeUndefined();
  });
});
