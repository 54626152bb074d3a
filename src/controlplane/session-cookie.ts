import type { FastifyReply, FastifyRequest } from 'fastify';
import { cookieOf } from '../kernel/cookies.ts';

/**
 * The cookie of a session. Over TLS its name has the prefix by which browsers hold it to this host and to secure
 * transport; over plain HTTP, which only loopback may use, it cannot have it.
 * https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3
 */
const SECURE_NAME = '__Host-hub_session';
const PLAIN_NAME = 'hub_session';
/** What a browser keeps of a sign-in elsewhere while the person is there. */
const SECURE_STATE_NAME = '__Host-hub_sign_in';
const PLAIN_STATE_NAME = 'hub_sign_in';

/** The session token that a request carries; `undefined` where there is none, or more than one. */
export function sessionTokenOf(request: Pick<FastifyRequest, 'headers'>, isSecure: boolean): string | undefined {
  return cookieOf(request.headers.cookie, isSecure ? SECURE_NAME : PLAIN_NAME);
}

export function stateCookieOf(request: Pick<FastifyRequest, 'headers'>, isSecure: boolean): string | undefined {
  return cookieOf(request.headers.cookie, isSecure ? SECURE_STATE_NAME : PLAIN_STATE_NAME);
}

/** Gives the browser a session. It goes with the browser's own end of life for cookies, at the latest with the session. */
export function setSessionCookie(
  reply: FastifyReply,
  token: string,
  { isSecure, maxAgeSeconds }: { readonly isSecure: boolean; readonly maxAgeSeconds: number },
): void {
  appendCookie(reply, `${attributes(token, isSecure)}; Max-Age=${maxAgeSeconds}`);
}

export function clearSessionCookie(reply: FastifyReply, isSecure: boolean): void {
  appendCookie(reply, `${attributes('', isSecure)}; Max-Age=0`);
}

export function setStateCookie(
  reply: FastifyReply,
  state: string,
  { isSecure, maxAgeSeconds }: { readonly isSecure: boolean; readonly maxAgeSeconds: number },
): void {
  const name = isSecure ? SECURE_STATE_NAME : PLAIN_STATE_NAME;
  appendCookie(reply, `${attributesOf(name, state, isSecure)}; Max-Age=${maxAgeSeconds}`);
}

export function clearStateCookie(reply: FastifyReply, isSecure: boolean): void {
  appendCookie(reply, `${attributesOf(isSecure ? SECURE_STATE_NAME : PLAIN_STATE_NAME, '', isSecure)}; Max-Age=0`);
}

function attributes(token: string, isSecure: boolean): string {
  return attributesOf(isSecure ? SECURE_NAME : PLAIN_NAME, token, isSecure);
}

function attributesOf(name: string, token: string, isSecure: boolean): string {
  return `${name}=${token}; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
}

function appendCookie(reply: FastifyReply, cookie: string): void {
  const present = reply.getHeader('set-cookie');
  reply.header('set-cookie', [...(present === undefined ? [] : [present].flat().map(String)), cookie]);
}
