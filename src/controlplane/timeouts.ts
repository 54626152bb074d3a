import { z } from 'zod';
import { ROUTE_BOUNDS, type RouteTimeouts } from '../protocol/route.ts';

const timeoutField = (what: string) =>
  z.int().min(1).max(ROUTE_BOUNDS.timeoutMs).optional().describe(`Milliseconds ${what}.`);

export const timeoutsSchema = z
  .strictObject({
    connect_ms: timeoutField('until a connection carries the request'),
    first_byte_ms: timeoutField('from then to the first byte of the answer'),
    idle_ms: timeoutField('between two parts of the answer'),
    total_ms: timeoutField('for the whole call'),
  })
  .describe('How long calls may take where that is not as the settings say.');

export function toTimeouts(timeouts: RouteTimeouts): z.output<typeof timeoutsSchema> {
  return {
    connect_ms: timeouts.connectMs,
    first_byte_ms: timeouts.firstByteMs,
    idle_ms: timeouts.idleMs,
    total_ms: timeouts.totalMs,
  };
}

export function fromTimeouts(timeouts: z.output<typeof timeoutsSchema>): RouteTimeouts {
  return {
    connectMs: timeouts.connect_ms,
    firstByteMs: timeouts.first_byte_ms,
    idleMs: timeouts.idle_ms,
    totalMs: timeouts.total_ms,
  };
}
