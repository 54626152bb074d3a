import { z } from 'zod';
import { CONTROL_PREFIX, type ControlRoutes, route, tenantOf } from '../http.ts';
import { diagnosticsSchema, toDiagnostics } from './diagnostics.ts';
import {
  adminTokenSchema,
  backupRequestSchema,
  backupSchema,
  healthSchema,
  infoSchema,
  jobSchema,
  settingSchema,
  toBackup,
  toHealth,
  toInfo,
  toJob,
  toSetting,
} from './schema.ts';

const TAGS = ['system'];

/** The hub itself: what it is, how it is, its jobs, its backup. */
export const systemRoutes: ControlRoutes = (app, services) => {
  readSystem(app, services);
  giveDiagnostics(app, services);
  actOnSystem(app, services);
};

const readSystem: ControlRoutes = (app, { system }) => {
  app.get(
    `${CONTROL_PREFIX}/info`,
    route('installation.read', {
      operationId: 'getInfo',
      summary: 'Says what hub this is.',
      tags: TAGS,
      response: { 200: infoSchema },
    }),
    async () => toInfo(await system.info()),
  );
  app.get(
    `${CONTROL_PREFIX}/settings`,
    route('installation.read', {
      operationId: 'listSettings',
      summary: 'Lists the settings in force and where each comes from; secrets are not shown.',
      tags: TAGS,
      response: { 200: z.strictObject({ data: z.array(settingSchema) }) },
    }),
    async () => ({ data: (await system.settings()).map(toSetting) }),
  );
  app.get(
    `${CONTROL_PREFIX}/jobs`,
    route('installation.read', {
      operationId: 'listJobs',
      summary: 'Lists the scheduled jobs.',
      tags: TAGS,
      response: { 200: z.strictObject({ data: z.array(jobSchema) }) },
    }),
    async () => ({ data: (await system.jobs()).map(toJob) }),
  );
  app.get(
    `${CONTROL_PREFIX}/health`,
    route('installation.read', {
      operationId: 'getHealth',
      summary: 'Shows what the hub knows of its health without asking anybody.',
      tags: TAGS,
      response: { 200: healthSchema },
    }),
    async (request) => toHealth(await system.health(tenantOf(request))),
  );
};

const giveDiagnostics: ControlRoutes = (app, { system }) => {
  app.get(
    `${CONTROL_PREFIX}/system/diagnostics`,
    route(
      'installation.read',
      {
        operationId: 'getDiagnostics',
        summary:
          'Gathers what to hand to somebody who is asked for help, as a file: no secret, nothing of any request.',
        tags: TAGS,
        response: { 200: diagnosticsSchema },
      },
      { audit: 'always' },
    ),
    async (_request, reply) =>
      reply
        .header('content-disposition', 'attachment; filename="diagnostics.json"')
        .send(toDiagnostics(await system.diagnostics())),
  );
};

const actOnSystem: ControlRoutes = (app, { system }) => {
  app.post(
    `${CONTROL_PREFIX}/health/check`,
    route('installation.write', {
      operationId: 'checkHealth',
      summary: 'Asks the store and every enabled connection; costs a call to each provider.',
      tags: TAGS,
      response: { 200: healthSchema },
    }),
    async (request) => toHealth(await system.checkHealth(tenantOf(request))),
  );
  app.post(
    `${CONTROL_PREFIX}/backup`,
    route('installation.write', {
      operationId: 'createBackup',
      summary: 'Writes a consistent copy of the store while the hub runs.',
      tags: TAGS,
      body: backupRequestSchema,
      response: { 200: backupSchema },
    }),
    async (request) => toBackup(await system.backup(request.body.path)),
  );
  app.post(
    `${CONTROL_PREFIX}/admin-token`,
    route('installation.write', {
      operationId: 'newAdminToken',
      summary: 'Makes a new admin token and ends the old ones.',
      tags: TAGS,
      response: { 201: adminTokenSchema },
    }),
    async (_request, reply) => reply.code(201).send({ token: await system.newAdminToken() }),
  );
};
