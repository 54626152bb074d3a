import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Begun, Origin } from '../../identity/accounts.ts';
import { SESSION_MS } from '../../identity/sessions.ts';
import { assertOwnSession, CONTROL_PREFIX, type ControlRoutes, noteActor, personOf, route } from '../http.ts';
import type { ControlServices } from '../services.ts';
import { clearSessionCookie, setSessionCookie } from '../session-cookie.ts';
import {
  DONE,
  doneSchema,
  emailOnlySchema,
  invitationLookSchema,
  invitedSignUpSchema,
  MAIL_SENT,
  mailSentSchema,
  resetSchema,
  setupSchema,
  signedInSchema,
  signedOutSchema,
  signInOptionsSchema,
  signInSchema,
  signUpSchema,
  tokenOnlySchema,
  toPerson,
  verifiedSchema,
  wayInSchema,
} from './schema.ts';
import { assertPrivate, transportOf } from './transport.ts';

const TAGS = ['sign-in'];
const BASE = `${CONTROL_PREFIX}/auth`;

/** `/auth`: how people get in. What a route answers never tells whether somebody has an account. */
export const authRoutes: ControlRoutes = (app, services) => {
  beforeSignIn(app, services);
  signUp(app, services);
  signIn(app, services);
  passwords(app, services);
  invitations(app, services);
};

const beforeSignIn: ControlRoutes = (app, services) => {
  app.get(
    `${BASE}/options`,
    route('public', {
      operationId: 'getSignInOptions',
      summary: 'Says what a sign-in page has to show.',
      tags: TAGS,
      response: { 200: signInOptionsSchema },
    }),
    async (request) => {
      const { installation, signIns, needsSetup, mail } = await services.signIn.options();
      return {
        name: installation.name,
        logo: installation.logo,
        support_address: installation.supportAddress,
        accent: installation.accent,
        terms_url: installation.termsUrl,
        privacy_url: installation.privacyUrl,
        sign_up: installation.signUp,
        needs_setup: needsSetup,
        transport: transportOf(request.raw, services),
        mail,
        sign_ins: signIns.map(({ id, name, preset }) => ({ id, name, preset })),
      };
    },
  );
  app.post(
    `${BASE}/way-in`,
    route(
      'public',
      {
        operationId: 'findWayIn',
        summary: 'Says how people of a mail domain sign in.',
        tags: TAGS,
        body: emailOnlySchema,
        response: { 200: wayInSchema },
      },
      { audit: 'never' },
    ),
    async (request) => {
      const found = await services.signIn.wayIn(request.body.email);
      if (found === undefined) return { way: 'password' as const };
      return { way: 'single_sign_on' as const, sign_in: { id: found.id, name: found.name } };
    },
  );
  app.post(
    `${BASE}/setup`,
    route('public', {
      operationId: 'setUpFirstOwner',
      summary: 'Makes the first owner, with the one-time token that the hub’s console shows.',
      tags: TAGS,
      body: setupSchema,
      response: { 201: signedInSchema },
    }),
    async (request, reply) => {
      assertPrivate(request, services);
      const { locale, ...wanted } = request.body;
      const begun = await services.accounts.setUp({ ...wanted, locale }, originOf(request, services));
      return reply.code(201).send(giveSession(services, request, reply, begun));
    },
  );
};

const signUp: ControlRoutes = (app, services) => {
  const { accounts } = services;
  app.post(
    `${BASE}/sign-up`,
    route('public', {
      operationId: 'signUp',
      summary: 'Asks for an account; the address gets a mail with what to do next.',
      tags: TAGS,
      body: signUpSchema,
      response: { 202: mailSentSchema },
    }),
    async (request, reply) => {
      assertPrivate(request, services);
      const { locale, ...wanted } = request.body;
      await accounts.signUp({ ...wanted, locale }, originOf(request, services));
      return reply.code(202).send(MAIL_SENT);
    },
  );
  app.post(
    `${BASE}/verify`,
    route('public', {
      operationId: 'verifyAddress',
      summary: 'Proves a mail address by the link that was sent to it.',
      tags: TAGS,
      body: tokenOnlySchema,
      response: { 200: verifiedSchema },
    }),
    async (request) => {
      const user = await accounts.verifyAddress(request.body.token, originOf(request, services));
      noteActor(request, user.id);
      return { state: user.state === 'awaiting_approval' ? ('awaiting_approval' as const) : ('active' as const) };
    },
  );
  app.post(
    `${BASE}/verify/resend`,
    route('public', {
      operationId: 'resendVerification',
      summary: 'Sends the mail again by which an address is proved.',
      tags: TAGS,
      body: emailOnlySchema,
      response: { 202: mailSentSchema },
    }),
    async (request, reply) => {
      await accounts.resendVerification(request.body.email, originOf(request, services));
      return reply.code(202).send(MAIL_SENT);
    },
  );
};

const signIn: ControlRoutes = (app, services) => {
  app.post(
    `${BASE}/sign-in`,
    route('public', {
      operationId: 'signIn',
      summary: 'Begins a session with a mail address and a password.',
      tags: TAGS,
      body: signInSchema,
      response: { 200: signedInSchema },
    }),
    async (request, reply) => {
      assertPrivate(request, services);
      const begun = await services.accounts.signIn(request.body, originOf(request, services));
      return giveSession(services, request, reply, begun);
    },
  );
  app.post(
    `${BASE}/sign-out`,
    route('person', {
      operationId: 'signOut',
      summary: 'Ends the session.',
      tags: TAGS,
      response: { 200: signedOutSchema },
    }),
    async (request, reply) => {
      const { userId, sessionId } = personOf(request);
      const continueAt = await services.signIn.signOut({ userId, sessionId });
      clearSessionCookie(reply, services.reachedAt(request.raw).isSecure);
      return { done: true as const, continue_at: continueAt };
    },
  );
};

const passwords: ControlRoutes = (app, services) => {
  const { accounts } = services;
  app.post(
    `${BASE}/password/forgot`,
    route('public', {
      operationId: 'forgotPassword',
      summary: 'Sends a mail by which a new password can be set.',
      tags: TAGS,
      body: emailOnlySchema,
      response: { 202: mailSentSchema },
    }),
    async (request, reply) => {
      await accounts.forgotPassword(request.body.email, originOf(request, services));
      return reply.code(202).send(MAIL_SENT);
    },
  );
  app.post(
    `${BASE}/password/reset`,
    route('public', {
      operationId: 'resetPassword',
      summary: 'Sets a new password by the link that was sent; all sessions end.',
      tags: TAGS,
      body: resetSchema,
      response: { 200: doneSchema },
    }),
    async (request) => {
      assertPrivate(request, services);
      await accounts.resetPassword(request.body);
      return DONE;
    },
  );
};

const invitations: ControlRoutes = (app, services) => {
  app.post(
    `${BASE}/invitations/look`,
    route(
      'public',
      {
        operationId: 'lookAtInvitation',
        summary: 'Says what an invitation’s link is for.',
        tags: TAGS,
        body: tokenOnlySchema,
        response: { 200: invitationLookSchema },
      },
      { audit: 'never' },
    ),
    async (request) => {
      const { organization, email, role, hasAccount } = await services.signIn.lookAtInvitation(request.body.token);
      return { organization, email, role, has_account: hasAccount };
    },
  );
  app.post(
    `${BASE}/invitations/sign-up`,
    route('public', {
      operationId: 'signUpInvited',
      summary: 'Makes the account of somebody who was invited, and the membership with it.',
      tags: TAGS,
      body: invitedSignUpSchema,
      response: { 201: signedInSchema },
    }),
    async (request, reply) => {
      assertPrivate(request, services);
      const { locale, ...wanted } = request.body;
      const begun = await services.signIn.signUpInvited({ ...wanted, locale }, originOf(request, services));
      return reply.code(201).send(giveSession(services, request, reply, begun));
    },
  );
  app.post(
    `${BASE}/invitations/accept`,
    route('person', {
      operationId: 'acceptInvitation',
      summary: 'Accepts an invitation as the person who is signed in; the addresses have to be the same.',
      tags: TAGS,
      body: tokenOnlySchema,
      response: { 200: doneSchema },
    }),
    async (request) => {
      assertOwnSession(request);
      await services.signIn.acceptInvitation(request.body.token, personOf(request).userId);
      return DONE;
    },
  );
};

/** Where a request comes from, as it is noted of sessions and counted against attempts. */
export function originOf(request: FastifyRequest, services: ControlServices): Origin {
  return { address: services.clientAddress(request.raw), userAgent: request.headers['user-agent'] };
}

/** Sets the cookie; the token is in no body. */
export function giveSession(
  services: ControlServices,
  request: FastifyRequest,
  reply: FastifyReply,
  { user, token }: Begun,
): { readonly user: ReturnType<typeof toPerson> } {
  noteActor(request, user.id);
  const { isSecure } = services.reachedAt(request.raw);
  setSessionCookie(reply, token, { isSecure, maxAgeSeconds: Math.floor(SESSION_MS / 1000) });
  return { user: toPerson(user) };
}
