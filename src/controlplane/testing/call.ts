import type { FastifyInstance } from 'fastify';
import { createControlPlane } from '../app.ts';
import type { ControlServices } from '../services.ts';
import { createMemoryServices } from './memory-services.ts';
import { type MemoryState, TEST_ADMIN_TOKEN } from './memory-state.ts';

/** One call of the control plane as the admin, and its answer as a reader of JSON sees it. */
export type Call = (
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
) => Promise<{ readonly status: number; readonly text: string; readonly body: unknown }>;

export type TestControlPlane = {
  readonly app: FastifyInstance;
  readonly call: Call;
  readonly services: ControlServices;
  readonly state: MemoryState;
};

/** A control plane on services in memory. */
export async function startTestControlPlane(): Promise<TestControlPlane> {
  const { services, state } = createMemoryServices();
  const app = await createControlPlane(services);
  const call: Call = async (method, path, body) => {
    const response = await app.inject({
      method,
      url: `/control/v1${path}`,
      headers: { authorization: `Bearer ${TEST_ADMIN_TOKEN}` },
      ...(body === undefined ? {} : { payload: JSON.stringify(body), headers: jsonHeaders }),
    });
    return { status: response.statusCode, text: response.body, body: response.json() };
  };
  return { app, call, services, state };
}

const jsonHeaders = { authorization: `Bearer ${TEST_ADMIN_TOKEN}`, 'content-type': 'application/json' };
