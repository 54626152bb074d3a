import { CONTROL_PREFIX, type ControlRoutes, route } from '../http.ts';
import { probeReportSchema, probeRequestSchema, toProbeReport } from './schema.ts';

/** `/probe`: finds out what an unknown server speaks. */
export const probeRoutes: ControlRoutes = (app, { probe }) => {
  app.post(
    `${CONTROL_PREFIX}/probe`,
    route('installation.write', {
      operationId: 'probeServer',
      summary: 'Tries an unknown server and proposes a catalogue entry for it.',
      tags: ['catalogue'],
      body: probeRequestSchema,
      response: { 200: probeReportSchema },
    }),
    async (request) =>
      toProbeReport(await probe.probe({ baseUrl: request.body.base_url, secret: request.body.secret })),
  );
};
