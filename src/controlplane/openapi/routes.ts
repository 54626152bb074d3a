import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type ControlRoutes, route } from '../http.ts';
import { finishDocument } from './control-document.ts';
import { dataDocument } from './data-document.ts';

const documentSchema = z.looseObject({ openapi: z.string() });

/** The API documents, each made when it is first asked for: they do not change while the hub runs, and take a while. */
export function documentsOf(app: FastifyInstance) {
  return { control: once(() => finishDocument(app.swagger())), data: once(dataDocument) };
}

function once<Made extends object>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The API documents, for anybody who can reach the hub: they hold no state. */
export const documentRoutes: ControlRoutes = (app) => {
  const documents = documentsOf(app);
  app.get(
    '/openapi/control.json',
    route('public', {
      operationId: 'getControlDocument',
      summary: 'This document.',
      tags: ['documents'],
      response: { 200: documentSchema },
    }),
    async () => documents.control(),
  );
  app.get(
    '/openapi/data.json',
    route('public', {
      operationId: 'getDataDocument',
      summary: 'The document of the API that callers of models use.',
      tags: ['documents'],
      response: { 200: documentSchema },
    }),
    async () => documents.data(),
  );
};
