import { PassThrough } from 'node:stream';
import { z } from 'zod';
import { GatewayError } from '../../kernel/errors.ts';
import { exportOrganizationField } from '../exports.ts';
import { CONTROL_PREFIX, type ControlRoutes, route, tenantOf } from '../http.ts';

/** Who listens is asked again who they are this often: the browser calls anew by itself. */
const LISTEN_MS = 60_000;
const ALIVE_EVERY_MS = 15_000;
const LISTENERS_MAX = 1000;

/** `/events`: what a page that is looked at has to load again, as it happens. */
export const eventRoutes: ControlRoutes = (app, { usageWatch, notificationWatch, repeat, delay }) => {
  let listeners = 0;
  app.get(
    `${CONTROL_PREFIX}/events`,
    route('usage.read', {
      operationId: 'watchUsage',
      summary:
        'Server-sent events: `usage` after new usage records, `notification` after new notifications, without what is in them. It ends after a minute, to be called again.',
      tags: ['usage'],
      querystring: z.strictObject({ organization_id: exportOrganizationField }),
      response: { 200: z.any() },
    }),
    async (request, reply) => {
      if (listeners >= LISTENERS_MAX) throw new GatewayError('hub.overloaded');
      const stream = new PassThrough();
      const say = (text: string): void => {
        // Who reads nothing is told nothing more.
        if (!stream.writableNeedDrain && !stream.writableEnded) stream.write(text);
      };
      listeners += 1;
      const stops = [
        usageWatch.subscribe(tenantOf(request), () => say('event: usage\ndata: {}\n\n')),
        notificationWatch.subscribe(tenantOf(request), () => say('event: notification\ndata: {}\n\n')),
        repeat(() => say(': alive\n\n'), ALIVE_EVERY_MS),
        delay(LISTEN_MS, () => stream.end()),
      ];
      stream.once('close', () => {
        listeners -= 1;
        for (const stop of stops) stop();
      });
      say('retry: 1000\n\n');
      return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(stream);
    },
  );
};
