import { CONTROL_PREFIX, type ControlRoutes, route } from '../http.ts';
import {
  configApplySchema,
  configOutcomeSchema,
  configStatusSchema,
  toConfigOutcome,
  toConfigStatus,
} from './schema.ts';

const TAGS = ['config'];
const BASE = `${CONTROL_PREFIX}/config`;

/** `/config`: what hub.yaml declares. */
export const configRoutes: ControlRoutes = (app, { config }) => {
  app.get(
    BASE,
    route('installation.read', {
      operationId: 'getConfig',
      summary: 'Shows where hub.yaml lies and when it was applied.',
      tags: TAGS,
      response: { 200: configStatusSchema },
    }),
    async () => toConfigStatus(await config.status()),
  );
  app.post(
    `${BASE}/apply`,
    route('installation.write', {
      operationId: 'applyConfig',
      summary: 'Reads hub.yaml again and applies it, or only says what that would change.',
      tags: TAGS,
      body: configApplySchema,
      response: { 200: configOutcomeSchema },
    }),
    async (request) => toConfigOutcome(await config.apply(request.body.dry_run ? 'dry_run' : 'apply')),
  );
};
