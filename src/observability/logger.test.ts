import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createLogger, type LogLevel } from './logger.ts';

const SECRET = 'canary-9f8e7d6c5b4a';

function logged(
  write: (logger: ReturnType<typeof createLogger>) => void,
  level: LogLevel = 'trace',
): Record<string, unknown>[] {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  write(createLogger({ level, instanceId: 'inst_1', destination }));
  return lines.map((line) => JSON.parse(line));
}

describe('a log line', () => {
  test.each(['secret', 'authorization', 'cookie', 'token', 'password', 'apiKey', 'masterKey', 'pepper', 'sealed'])(
    'never holds the field %s, at the top or one or two levels down',
    (field) => {
      const lines = logged((logger) => {
        logger.info({ [field]: SECRET }, 'top');
        logger.info({ a: { [field]: SECRET } }, 'one down');
        logger.info({ a: { b: { [field]: SECRET } } }, 'two down');
        logger.info({ headers: { [field]: SECRET } }, 'headers');
      });
      expect(lines).toHaveLength(4);
      expect(JSON.stringify(lines)).not.toContain(SECRET);
      expect(lines[0]).toMatchObject({ instance: 'inst_1', msg: 'top', [field]: '[redacted]' });
    },
  );

  test('has what looks like a secret struck out of its message and of errors', () => {
    const error = new Error(`refused: sk-${SECRET}`, { cause: new Error(`Bearer ${SECRET}`) });
    const lines = logged((logger) => {
      logger.warn(`key sk-${SECRET}`);
      logger.warn({ err: error }, 'failed');
      logger.warn({ cause: error }, 'failed');
      logger.warn({ cause: `sk-${SECRET}` }, 'failed');
      logger.warn('%s', `sk-${SECRET}`);
    });
    expect(lines).toHaveLength(5);
    expect(JSON.stringify(lines)).not.toContain(SECRET);
    expect(lines[1]).toMatchObject({ err: { type: 'Error', message: expect.stringContaining('refused: sk-…') } });
  });

  test('below the level is not written', () => {
    expect(logged((logger) => logger.debug('x'), 'info')).toEqual([]);
    expect(logged((logger) => logger.fatal('x'), 'silent')).toEqual([]);
  });
});
