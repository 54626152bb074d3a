import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BegunAct } from '../audit/log.ts';
import { maskValues } from '../audit/mask.ts';
import { isOfInstallation } from '../identity/roles.ts';
import { ERRORS, type ErrorCode, GatewayError } from '../kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../kernel/json.ts';
import type { AuditAct, AuditActor, AuditEnding } from '../protocol/audit.ts';
import type { DeclaredRoute } from './allowed-methods.ts';
import { errorBody } from './errors.ts';
import { type AuditedChange, callerOf, changeOf, notedActorOf } from './http.ts';
import { isSafeMethod } from './same-site.ts';
import type { ControlServices } from './services.ts';

const ACT = 'auditAct';
const FAILURE = 'auditFailure';
const BEFORE = 'auditBefore';
const USER_AGENT_CHARS_MAX = 300;

/** What stands for somebody, so that its name is a person's. */
const PEOPLE: ReadonlySet<string> = new Set(['user', 'member', 'me', 'invitation', 'session']);
/** A flood of these is what they are there to stop, and would flood the log. */
const NOT_WORTH_AN_ENTRY: ReadonlySet<ErrorCode> = new Set(['auth.throttled', 'request.invalid', 'hub.overloaded']);

/**
 * Every route that changes something leaves its entries in the audit log: the first before its handler runs, the last
 * before its answer leaves. Of who is not signed in there is nothing to say before the handler knows; both come after.
 */
export function auditActs(app: FastifyInstance, services: ControlServices, declared: readonly DeclaredRoute[]): void {
  app.decorateRequest(ACT, null);
  app.decorateRequest(FAILURE, null);
  app.decorateRequest(BEFORE, null);
  app.addHook('preHandler', async (request) => {
    if (!isAudited(request) || request.routeOptions.config.auth === 'public') return;
    request.setDecorator<BegunAct | null>(ACT, await services.audit.begin(actOf(request, services)));
    request.setDecorator<object | null>(BEFORE, (await showThing(app, request, { services, declared })) ?? null);
  });
  app.addHook('onSend', async (request, reply, payload: unknown) => {
    if (!isAudited(request)) return payload;
    try {
      await endAct(request, reply, { services, payload });
      return payload;
    } catch (error) {
      // What was done is done; but nobody is told so before it is written down.
      services.reportError({ requestId: request.id, error });
      const refusal = new GatewayError('hub.store_unavailable', { retryAfterSeconds: 1, cause: error });
      reply.code(refusal.status).header('retry-after', '1').type('application/json; charset=utf-8');
      reply.removeHeader('content-length');
      return JSON.stringify(errorBody(refusal, request.id));
    }
  });
}

/** Remembers why a request failed, for its entry. */
export function noteFailure(request: FastifyRequest, code: ErrorCode): void {
  request.setDecorator<ErrorCode | null>(FAILURE, code);
}

function isAudited(request: FastifyRequest): boolean {
  const { auth, audit } = request.routeOptions.config;
  if (auth === undefined || audit === 'never') return false;
  return audit === 'always' || !isSafeMethod(request.method);
}

async function endAct(
  request: FastifyRequest,
  reply: FastifyReply,
  { services, payload }: { readonly services: ControlServices; readonly payload: unknown },
): Promise<void> {
  const { audit } = services;
  const failure = request.getDecorator<ErrorCode | null>(FAILURE) ?? undefined;
  const begun = request.getDecorator<BegunAct | null>(ACT) ?? undefined;
  const ending = endingOf(request, reply, { failure, payload });
  request.setDecorator<BegunAct | null>(ACT, null);
  if (begun !== undefined) return audit.end(begun, ending);
  const { auth } = request.routeOptions.config;
  // Refused at the gate, before there was an act.
  if (auth !== 'public' || (failure !== undefined && NOT_WORTH_AN_ENTRY.has(failure))) return;
  const act = actOf(request, services);
  await audit.end(await audit.begin(act), ending);
}

function endingOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { failure, payload }: { readonly failure: ErrorCode | undefined; readonly payload: unknown },
): AuditEnding {
  const isDone = failure === undefined && reply.statusCode < 400;
  const shown = isDone && request.method !== 'DELETE' && typeof payload === 'string' ? objectOf(payload) : undefined;
  const change = changeOf(request) ?? changeShown(request, shown);
  const kind = PEOPLE.has(change?.targetKind ?? '') ? 'person' : 'thing';
  const isFault = failure !== undefined && ERRORS[failure].status >= 500;
  return {
    outcome: isDone ? 'done' : isFault ? 'failed' : 'refused',
    errorCode: failure,
    actorId: notedActorOf(request),
    targetKind: change?.targetKind,
    targetId: change?.targetId,
    before: change?.before && maskValues(change.before, kind),
    after: isDone && change?.after !== undefined ? maskValues(change.after, kind) : undefined,
  };
}

/** What a route changed where it does not say so itself: the thing that its address names, as the API showed it. */
function changeShown(request: FastifyRequest, shown: JsonObject | undefined): AuditedChange | undefined {
  const [[parameter, named] = []] = Object.entries(paramsOf(request)).slice(-1);
  const before = request.getDecorator<object | null>(BEFORE) ?? undefined;
  // An answer that holds the thing beside something else, such as its secret, has it under the thing's name.
  const inner = Object.values(shown ?? {}).find((value) => isJsonObject(value) && typeof value['id'] === 'string');
  const after = shown !== undefined && typeof shown['id'] !== 'string' && isJsonObject(inner) ? inner : shown;
  const made = after?.['id'];
  const targetId = named ?? (typeof made === 'string' ? made : undefined);
  const targetKind = parameter?.replace(/_id$/, '') ?? kindOf(request);
  if (targetId !== undefined) return { targetKind, targetId, before, after };
  return before === undefined ? undefined : { targetKind, targetId: targetKind, before, after };
}

/** `/control/v1/service-accounts` makes a `service_account`. */
function kindOf(request: FastifyRequest): string {
  const [, , , resource = 'thing'] = (request.routeOptions.url ?? '').split('/');
  return resource.replace(/ies$/, 'y').replace(/s$/, '').replaceAll('-', '_');
}

/** The thing that a request is about, as the API shows it to the caller now; `undefined` where it shows none. */
async function showThing(
  app: FastifyInstance,
  request: FastifyRequest,
  { services, declared }: { readonly services: ControlServices; readonly declared: readonly DeclaredRoute[] },
): Promise<object | undefined> {
  const pattern = shownAt(declared, request.routeOptions.url ?? '');
  if (pattern === undefined || isSafeMethod(request.method)) return undefined;
  const params = paramsOf(request);
  const url = pattern.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const {
    'content-length': _length,
    'content-type': _type,
    'transfer-encoding': _coding,
    ...headers
  } = request.headers;
  const remoteAddress = services.clientAddress(request.raw);
  const response = await app.inject({
    method: 'GET',
    url,
    headers,
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
  });
  return response.statusCode === 200 ? objectOf(response.body) : undefined;
}

/** The address at which the API shows what a route changes: up to its last parameter, or the route's own. */
function shownAt(declared: readonly DeclaredRoute[], url: string): string | undefined {
  const upToParameter = /^.*\/:\w+/.exec(url)?.[0] ?? url;
  return declared.some(({ method, path }) => method === 'GET' && path === upToParameter) ? upToParameter : undefined;
}

function paramsOf({ params }: FastifyRequest): Readonly<Record<string, string>> {
  if (typeof params !== 'object' || params === null) return {};
  return Object.fromEntries(
    Object.entries(params).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function objectOf(text: string): JsonObject | undefined {
  const value = parseJsonOrUndefined(text);
  return isJsonObject(value) ? value : undefined;
}

function actOf(request: FastifyRequest, services: ControlServices): AuditAct {
  const { auth = '', action } = request.routeOptions.config;
  const { access } = callerOf(request);
  return {
    organizationId: isOfInstallation(auth) ? undefined : access?.tenant.organizationId,
    actor: actorOf(request),
    action: action ?? 'unnamed',
    requestId: request.id,
    address: services.clientAddress(request.raw),
    userAgent: request.headers['user-agent']?.slice(0, USER_AGENT_CHARS_MAX),
  };
}

function actorOf(request: FastifyRequest): AuditActor {
  const { actor } = callerOf(request);
  switch (actor?.kind) {
    case undefined:
      return { kind: 'anonymous', id: undefined };
    case 'installation':
      return { kind: 'installation', id: undefined };
    case 'person':
      return { kind: 'person', id: actor.userId };
    case 'management_key':
      return { kind: 'management_key', id: actor.key.id };
  }
}
