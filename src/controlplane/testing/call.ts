import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { parseJsonOrUndefined } from '../../kernel/json.ts';
import { createControlPlane } from '../app.ts';
import type { ControlServices } from '../services.ts';
import { createMemoryServices } from './memory-services.ts';
import { type MemoryState, TEST_ADMIN_TOKEN } from './memory-state.ts';

/** One call of the control plane as the admin, and its answer as a reader of JSON sees it. */
export type Call = (
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<{
  readonly status: number;
  readonly text: string;
  readonly body: unknown;
  readonly headers: OutgoingHttpHeaders;
}>;

export type TestControlPlane = {
  readonly app: FastifyInstance;
  readonly call: Call;
  readonly services: ControlServices;
  readonly state: MemoryState;
};

/** A control plane on services in memory, of which a test may bring its own. */
export async function startTestControlPlane(
  own: (services: ControlServices) => Partial<ControlServices> = () => ({}),
): Promise<TestControlPlane> {
  const { services: memory, state } = createMemoryServices();
  const services = { ...memory, ...own(memory) };
  const app = await createControlPlane(services);
  const call: Call = async (method, path, body, headers = {}) => {
    const response = await app.inject({
      method,
      url: `/control/v1${path}`,
      ...(body === undefined
        ? { headers: { authorization: `Bearer ${TEST_ADMIN_TOKEN}`, ...headers } }
        : { payload: JSON.stringify(body), headers: { ...jsonHeaders, ...headers } }),
    });
    const { statusCode: status, body: text } = response;
    return { status, text, body: parseJsonOrUndefined(text), headers: response.headers };
  };
  return { app, call, services, state };
}

const jsonHeaders = { authorization: `Bearer ${TEST_ADMIN_TOKEN}`, 'content-type': 'application/json' };
