import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { closeServer, listenOnLoopback } from './listen.ts';

export type GitHubAddress = { readonly email: string; readonly primary: boolean; readonly verified: boolean };

/** A server that answers as GitHub does where people sign in: OAuth 2.0 without an ID token. */
export type GitHubServer = {
  readonly origin: string;
  readonly hostPort: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What the sign-in page would send the browser back to, for somebody who agrees. */
  readonly agree: (url: string) => string;
  readonly setAddresses: (addresses: readonly GitHubAddress[] | undefined) => void;
  readonly close: () => Promise<void>;
};

/**
 * Starts it. Errors of the token endpoint come with the status 200, an id is a number, and an address is in no profile:
 * https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 */
export async function startGitHubServer(): Promise<GitHubServer> {
  const clientId = 'Iv1.example';
  const clientSecret = randomBytes(20).toString('hex');
  const challenges = new Map<string, string>();
  const tokens = new Set<string>();
  let addresses: readonly GitHubAddress[] | undefined = [];

  const exchange = (form: URLSearchParams): object => {
    const code = form.get('code') ?? '';
    const challenge = challenges.get(code);
    challenges.delete(code);
    if (form.get('client_secret') !== clientSecret) {
      return { error: 'incorrect_client_credentials', error_description: 'canary: what the provider says' };
    }
    const proof = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (proof !== challenge) return { error: 'bad_verification_code', error_description: 'canary' };
    const token = `gho_${randomBytes(18).toString('hex')}`;
    tokens.add(token);
    return { access_token: token, scope: 'read:user,user:email', token_type: 'bearer' };
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const isKnown = tokens.has(token);
    if (request.url === '/login/oauth/access_token') tell(response, 200, exchange(await readForm(request)));
    else if (!isKnown) tell(response, 401, { message: 'Bad credentials' });
    else if (request.url === '/user')
      tell(response, 200, { id: 583231, login: 'octocat', name: 'Octo Cat', email: null });
    else if (request.url !== '/user/emails') tell(response, 404, { message: 'Not Found' });
    else if (addresses === undefined) tell(response, 404, { message: 'Not Found' });
    else tell(response, 200, addresses);
  };

  const server = createServer((request, response) => void answer(request, response));
  const hostPort = `127.0.0.1:${await listenOnLoopback(server, 0)}`;
  return {
    origin: `http://${hostPort}`,
    hostPort,
    clientId,
    clientSecret,
    agree: (url) => {
      const asked = new URL(url).searchParams;
      const code = randomBytes(10).toString('hex');
      challenges.set(code, asked.get('code_challenge') ?? '');
      const back = new URL(asked.get('redirect_uri') ?? '');
      back.search = new URLSearchParams({ code, state: asked.get('state') ?? '' }).toString();
      return back.href;
    },
    setAddresses: (list) => {
      addresses = list;
    },
    close: () => closeServer(server),
  };
}

function tell(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return new URLSearchParams(Buffer.concat(chunks).toString());
}
