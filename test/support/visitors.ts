import type { IncomingMessage } from 'node:http';
import { callHub, collect, type HubAnswer, openCall } from './hub-calls.ts';
import type { HubProcess } from './hub-process.ts';

/** A browser of somebody without an account. */
export type Visitor = {
  /** Opens the playground's page; gives the cookie that it brought. */
  readonly open: () => Promise<string>;
  readonly ask: (asked?: Asked) => Promise<HubAnswer>;
  /** As `ask`, with the answer still to come. */
  readonly begin: (asked?: Asked) => Promise<IncomingMessage>;
};

export type Asked = {
  readonly model?: string;
  readonly text?: string;
  readonly signal?: AbortSignal;
  readonly body?: Parameters<typeof callHub>[2] extends { readonly body?: infer Body } | undefined ? Body : never;
  readonly headers?: Readonly<Record<string, string>>;
};

/** @param from the address as a trusted proxy on loopback tells it */
export function visitorOf(hub: HubProcess, from: string): Visitor {
  let cookie: string | undefined;
  const open = async (): Promise<string> => {
    const page = await callHub(hub, undefined, { method: 'GET', path: '/playground' });
    cookie = page.headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
    return cookie;
  };
  const begin = async ({ model = 'fake-small', text = 'Say something.', body, headers, signal }: Asked = {}) => {
    const brought = cookie ?? (await open());
    return openCall(hub, undefined, {
      path: '/guest/chat',
      headers: { cookie: brought, origin: hub.address, 'x-forwarded-for': from, ...headers },
      body: body ?? { model, messages: [{ role: 'user', content: text }] },
      ...(signal === undefined ? {} : { signal }),
    });
  };
  return { open, begin, ask: async (asked) => collect(await begin(asked)) };
}
