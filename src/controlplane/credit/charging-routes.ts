import { ifRevisionOf } from '../etag.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, route } from '../http.ts';
import { chargingChangeSchema, chargingSchema, toCharging, toChargingChange } from './charging-schema.ts';

const TAGS = ['credit'];
const CHARGING = `${CONTROL_PREFIX}/installation/charging`;

/** `/installation/charging`: whether calls are paid for with credit, on what terms, and what is missing for that. */
export const chargingRoutes: ControlRoutes = (app, { charging }) => {
  app.get(
    CHARGING,
    route('installation.read', {
      operationId: 'getCharging',
      summary: 'Shows whether calls are paid for with credit, on what terms, and what is still missing for that.',
      tags: TAGS,
      response: { 200: chargingSchema },
    }),
    async () => toCharging(await charging.status()),
  );
  app.patch(
    CHARGING,
    route('installation.write', {
      operationId: 'updateCharging',
      summary: 'Changes the terms, and switches paying with credit on or off. Calls under way end as they began.',
      tags: TAGS,
      body: chargingChangeSchema,
      response: { 200: chargingSchema },
    }),
    async (request) => {
      const before = toCharging(await charging.status());
      const after = toCharging(await charging.change(toChargingChange(request.body), ifRevisionOf(request)));
      noteChange(request, { targetKind: 'charging', targetId: 'charging', before, after });
      return after;
    },
  );
};
