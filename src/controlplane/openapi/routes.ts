import { z } from 'zod';
import { type ControlRoutes, route } from '../http.ts';
import { finishDocument } from './control-document.ts';
import { dataDocument } from './data-document.ts';

const documentSchema = z.looseObject({ openapi: z.string() });

/** The API documents, for anybody who can reach the hub: they hold no state. */
export const documentRoutes: ControlRoutes = (app) => {
  app.get(
    '/openapi/control.json',
    route('public', {
      operationId: 'getControlDocument',
      summary: 'This document.',
      tags: ['documents'],
      response: { 200: documentSchema },
    }),
    async () => finishDocument(app.swagger()),
  );
  app.get(
    '/openapi/data.json',
    route('public', {
      operationId: 'getDataDocument',
      summary: 'The document of the API that callers of models use.',
      tags: ['documents'],
      response: { 200: documentSchema },
    }),
    async () => dataDocument(),
  );
};
