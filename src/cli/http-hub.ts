import { request as requestHttps } from 'node:https';
import { request as requestHttp } from '../kernel/node-http.ts';
import { CliFailure } from './failure.ts';
import type { SendToHub } from './hub-client.ts';

const TIMEOUT_MS = 120_000;
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Calls a running hub over HTTP.
 * @param hub.address origin and path prefix of the hub
 * @param hub.certificate PEM certificate to trust in place of the system's authorities
 */
export function connectOverHttp(hub: {
  readonly address: string;
  readonly token: string;
  readonly certificate: string | undefined;
}): SendToHub {
  const base = hub.address.replace(/\/+$/, '');
  const secure = base.startsWith('https:');
  return ({ method, path, body, revision }) =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${hub.token}`,
        accept: 'application/json',
        ...(revision === undefined ? {} : { 'if-match': `"${revision}"` }),
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      };
      const fail = (cause: Error) =>
        reject(
          new CliFailure(
            `no hub answers at ${base} (${cause.message})`,
            'Start one with `aigne-hub start`, or name another with --url.',
          ),
        );
      const options = {
        method,
        headers,
        timeout: TIMEOUT_MS,
        agent: false,
        ...(secure ? { ca: hub.certificate } : {}),
      };
      const call = (secure ? requestHttps : requestHttp)(base + path, options, (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > ANSWER_BYTES_MAX) call.destroy(new Error('its answer is too large'));
          else chunks.push(chunk);
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
        response.on('error', fail);
      });
      call.on('timeout', () => call.destroy(new Error('it did not answer in time')));
      call.on('error', fail);
      call.end(body);
    });
}
