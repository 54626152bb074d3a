import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { systemClock } from '../../kernel/clock.ts';
import { createIdMaker } from '../../kernel/ids.ts';
import { Exchange } from '../exchange.ts';
import { callerOf } from '../routes.ts';

/** A chat of a caller of that dialect, over a connection that leads nowhere. */
export function exchangeOf(dialect: string): Exchange {
  const request = new IncomingMessage(new Socket());
  return new Exchange({
    request,
    response: new ServerResponse(request),
    operation: 'chat',
    caller: callerOf(dialect),
    clock: systemClock,
    newId: createIdMaker(systemClock.now),
    clientAddress: undefined,
  });
}
