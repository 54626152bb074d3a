import { assertNever } from '../../../src/kernel/assert.ts';
import type { JsonValue } from '../../../src/kernel/json.ts';
import type { FakeUsage } from './answers.ts';
import type { UsageBehaviour } from './behaviour.ts';

/** A count as it goes into JSON: a number, or a text that stands for whatever a hostile provider writes there. */
export type Count = number | string;

/** Counts as the behaviour wants them told. */
export type TellingUsage = {
  readonly prompt: Count;
  /** The prompt without what was read from or written to a cache. */
  readonly uncached: Count;
  readonly read: Count;
  readonly write5m: Count | undefined;
  readonly write1h: Count | undefined;
  readonly completion: Count;
  /** The completion without its reasoning. */
  readonly answer: Count;
  readonly reasoning: Count;
  readonly total: Count;
};

const RAW = /"raw-count:([^"]*)"/g;

/** JSON with raw counts put in as they are, which need not be JSON at all. */
export function jsonWithCounts(value: JsonValue | object): string {
  return JSON.stringify(value).replaceAll(RAW, (_all, text: string) => Buffer.from(text, 'base64url').toString());
}

/** What stands where a provider tells the usage: once or more often; `null`, or nothing at all. */
export function finalUsages(
  behaviour: UsageBehaviour | undefined,
  usage: FakeUsage,
): (TellingUsage | null | undefined)[] {
  if (behaviour === undefined) return [told(usage)];
  switch (behaviour.kind) {
    case 'missing':
      return [undefined];
    case 'null':
      return [null];
    case 'every-chunk':
      return [told(usage)];
    case 'twice':
      return [told({ ...usage, completionTokens: 1 }), told(usage)];
    case 'hostile':
      return [hostile(`raw-count:${Buffer.from(behaviour.text).toString('base64url')}`)];
    default:
      return assertNever(behaviour);
  }
}

/** The last word on usage. */
export function lastUsage(behaviour: UsageBehaviour | undefined, usage: FakeUsage): TellingUsage | null | undefined {
  return finalUsages(behaviour, usage).at(-1);
}

function told(usage: FakeUsage): TellingUsage {
  const { promptTokens, cachedTokens, completionTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage;
  const reasoning = usage.reasoningTokens ?? 0;
  return {
    prompt: promptTokens,
    uncached: promptTokens - cachedTokens - (cacheWrite5mTokens ?? 0) - (cacheWrite1hTokens ?? 0),
    read: cachedTokens,
    write5m: cacheWrite5mTokens,
    write1h: cacheWrite1hTokens,
    completion: completionTokens,
    answer: Math.max(0, completionTokens - reasoning),
    reasoning,
    total: promptTokens + completionTokens,
  };
}

function hostile(count: string): TellingUsage {
  return {
    prompt: count,
    uncached: count,
    read: count,
    write5m: undefined,
    write1h: undefined,
    completion: count,
    answer: count,
    reasoning: 0,
    total: count,
  };
}
