import type { FastifyInstance } from 'fastify';

/**
 * Calls a control plane without a socket, as its admin: for a command line that opened the store itself.
 * @param token one that the control plane's `access` accepts as the installation's
 */
export function callInProcess(app: FastifyInstance, token: string) {
  return async (call: {
    readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
    readonly path: string;
    readonly body: string | undefined;
    readonly revision?: number | undefined;
  }): Promise<{ readonly status: number; readonly text: string }> => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(call.revision === undefined ? {} : { 'if-match': `"${call.revision}"` }),
    };
    const response = await app.inject({
      method: call.method,
      url: call.path,
      ...(call.body === undefined
        ? { headers }
        : { headers: { ...headers, 'content-type': 'application/json' }, payload: call.body }),
    });
    return { status: response.statusCode, text: response.body };
  };
}
