import { GatewayError } from '../kernel/errors.ts';
import type { RouteTimeouts } from '../protocol/route.ts';
import type { CallTimeouts } from '../upstream/ports.ts';
import type { Exchange } from './exchange.ts';

const TOTAL_HEADER = 'x-hub-timeout-ms';
const FIRST_BYTE_HEADER = 'x-hub-first-byte-timeout-ms';
const MS_MAX = 24 * 60 * 60 * 1000;

/**
 * How long a call may take: as the settings say, the route in their place, and the caller, who may only shorten it. What a
 * caller gives a request is less with every try.
 * @throws GatewayError `request.invalid`
 */
export function timeoutsOf(exchange: Exchange, settings: CallTimeouts, route: RouteTimeouts): CallTimeouts {
  const firstByteMs = msOf(exchange, FIRST_BYTE_HEADER);
  const requestMs = msOf(exchange, TOTAL_HEADER);
  const leftMs = requestMs === undefined ? undefined : Math.max(1, requestMs - Math.round(exchange.elapsedMs()));
  return {
    connectMs: route.connectMs ?? settings.connectMs,
    firstByteMs: least(route.firstByteMs ?? settings.firstByteMs, firstByteMs),
    idleMs: route.idleMs ?? settings.idleMs,
    totalMs: least(route.totalMs ?? settings.totalMs, leftMs),
  };
}

function least(ms: number, asked: number | undefined): number {
  return asked === undefined ? ms : Math.min(ms, asked);
}

function msOf(exchange: Exchange, name: string): number | undefined {
  const text = exchange.header(name);
  if (text === undefined) return undefined;
  const ms = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : Number.NaN;
  if (ms <= MS_MAX) return ms;
  throw new GatewayError('request.invalid', {
    message: `\`${name}\` is a whole number of milliseconds, at most a day.`,
    param: name,
  });
}
