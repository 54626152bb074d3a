import type { IncomingMessage, ServerResponse } from 'node:http';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { ERRORS, GatewayError } from '../kernel/errors.ts';
import { accessRuleRoutes } from './access-rules/routes.ts';
import { aliasRoutes } from './aliases/routes.ts';
import { allowedMethods, type DeclaredRoute } from './allowed-methods.ts';
import { auditRoutes } from './audit/routes.ts';
import { auditActs, noteFailure } from './audit-acts.ts';
import { authRoutes } from './auth/routes.ts';
import { authorize } from './authorize.ts';
import { cacheRoutes } from './cache/routes.ts';
import { catalogueRoutes } from './catalogue/routes.ts';
import { codeRoutes } from './codes/routes.ts';
import { configRoutes } from './config/routes.ts';
import { connectRoutes } from './connect/routes.ts';
import { connectionRoutes } from './connections/routes.ts';
import { contentRoutes } from './contents/routes.ts';
import { credentialRoutes } from './credentials/routes.ts';
import { creditRoutes } from './credit/routes.ts';
import { customerRoutes } from './customers/routes.ts';
import { errorBody, toControlError } from './errors.ts';
import { answerWithTags } from './etag.ts';
import { eventRoutes } from './events/routes.ts';
import { guardrailRoutes } from './guardrails/routes.ts';
import { type ControlRoutes, declareCaller } from './http.ts';
import { doOnce } from './idempotency.ts';
import { identityOverrideRoutes } from './identity-overrides/routes.ts';
import { installationRoutes } from './installation/routes.ts';
import { invitationRoutes } from './invitations/routes.ts';
import { jsonIsDeeperThan } from './json-depth.ts';
import { keyRoutes } from './keys/routes.ts';
import { limitRoutes } from './limits/routes.ts';
import { managementKeyRoutes } from './management-keys/routes.ts';
import { meRoutes } from './me/routes.ts';
import { memberRoutes } from './members/routes.ts';
import { modelRouteRoutes } from './model-routes/routes.ts';
import { callableModelRoutes } from './models/callable.ts';
import { modelRoutes } from './models/routes.ts';
import { notificationRoutes } from './notifications/routes.ts';
import { offerRoutes } from './offers/routes.ts';
import { controlDocumentOptions } from './openapi/control-document.ts';
import { documentRoutes } from './openapi/routes.ts';
import { organizationRoutes } from './organizations/routes.ts';
import { paymentRoutes } from './payments/routes.ts';
import { customerGroupRoutes } from './prices/group-routes.ts';
import { priceProposalRoutes } from './prices/proposal-routes.ts';
import { priceRoutes } from './prices/routes.ts';
import { priceRuleRoutes } from './prices/rule-routes.ts';
import { probeRoutes } from './probe/routes.ts';
import { projectRoutes } from './projects/routes.ts';
import { serviceAccountRoutes } from './service-accounts/routes.ts';
import type { ControlServices } from './services.ts';
import { ssoRoutes } from './sso/routes.ts';
import { statementRoutes } from './statements/routes.ts';
import { systemRoutes } from './system/routes.ts';
import { teamRoutes } from './teams/routes.ts';
import { usageRoutes } from './usage/routes.ts';
import { userRoutes } from './users/routes.ts';
import { vaultRoutes } from './vault/routes.ts';
import { webhookRoutes } from './webhooks/routes.ts';

const BODY_BYTES_MAX = 1024 * 1024;
/** The catalogue's documents are the deepest thing that is sent here; a parser's recursion ends far beyond it. */
const JSON_DEPTH_MAX = 64;
const PARAM_CHARS_MAX = 300;

/** Of every answer: it is kept by nobody, is nothing but data, runs nothing, and stands in nobody's frame. */
const FOR_BROWSERS = {
  'cache-control': 'no-store',
  vary: 'Authorization, Cookie',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** Every resource of the control plane. */
export const CONTROL_RESOURCES: readonly ControlRoutes[] = [
  authRoutes,
  meRoutes,
  userRoutes,
  auditRoutes,
  ssoRoutes,
  connectRoutes,
  installationRoutes,
  organizationRoutes,
  teamRoutes,
  accessRuleRoutes,
  guardrailRoutes,
  limitRoutes,
  cacheRoutes,
  projectRoutes,
  memberRoutes,
  invitationRoutes,
  serviceAccountRoutes,
  connectionRoutes,
  credentialRoutes,
  modelRoutes,
  callableModelRoutes,
  aliasRoutes,
  modelRouteRoutes,
  identityOverrideRoutes,
  priceRoutes,
  keyRoutes,
  managementKeyRoutes,
  usageRoutes,
  contentRoutes,
  creditRoutes,
  paymentRoutes,
  statementRoutes,
  customerRoutes,
  codeRoutes,
  priceRuleRoutes,
  priceProposalRoutes,
  customerGroupRoutes,
  offerRoutes,
  eventRoutes,
  notificationRoutes,
  webhookRoutes,
  catalogueRoutes,
  probeRoutes,
  vaultRoutes,
  configRoutes,
  systemRoutes,
  documentRoutes,
];

/** In place of Fastify's own validator, which it would load otherwise: schemas are Zod's here, and the memory is 4 MiB. */
function neverBuilt(): never {
  throw new Error('the control plane has set its compilers');
}

/**
 * Builds the control plane: every route of `/control/v1` and the API documents under `/openapi`. It is ready when the
 * promise resolves and listens on nothing; {@link handlerOf} joins it to a server, `inject` calls it without one.
 * @throws Error when a route does not declare who may call it
 */
export async function createControlPlane(services: ControlServices): Promise<FastifyInstance> {
  return createControlPlaneOf(services, CONTROL_RESOURCES);
}

/** As {@link createControlPlane}, with the resources given. */
export async function createControlPlaneOf(
  services: ControlServices,
  resources: readonly ControlRoutes[],
): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: PARAM_CHARS_MAX },
    schemaController: { compilersFactory: { buildValidator: neverBuilt, buildSerializer: neverBuilt } },
    genReqId: () => services.newRequestId(),
    frameworkErrors: (error, request, reply) => answerError(services, error, request, reply),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  const declared: DeclaredRoute[] = [];
  app.addHook('onRoute', (route) => {
    if (route.config?.auth === undefined) {
      throw new Error(`the route ${String(route.method)} ${route.url} does not declare who may call it`);
    }
    for (const method of [route.method].flat()) declared.push({ method, path: route.url });
  });
  await app.register(swagger, controlDocumentOptions());
  takeJsonOnly(app);
  declareCaller(app);
  answerForEverything(app, services, declared);
  answerWithTags(app);
  doOnce(app, services);
  // After it: what is answered again was not done again.
  auditActs(app, services, declared);
  // Routes come in a plugin, so that the API document's own hooks are in place before the first of them.
  await app.register(async (scope) => {
    const typed = scope.withTypeProvider<ZodTypeProvider>();
    for (const routes of resources) routes(typed, services);
  });
  await app.ready();
  return app;
}

/** The listener that a `node:http` server hands the control plane's requests to. */
export function handlerOf(app: FastifyInstance): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => app.routing(request, response);
}

/** A body is JSON or it is refused: a form that another site's page could send never reaches a route. */
function takeJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') return done(new GatewayError('request.content_encoding'));
    const text = body.toString();
    if (request.routeOptions.config.takesText === true) return done(null, text);
    if (jsonIsDeeperThan(JSON_DEPTH_MAX, text)) return done(new GatewayError('request.too_deep'));
    if (text === '') return done(null, undefined);
    return parse(request, text, done);
  });
}

function answerForEverything(
  app: FastifyInstance,
  services: ControlServices,
  declared: readonly DeclaredRoute[],
): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...FOR_BROWSERS, 'x-request-id': request.id });
    await authorize(request, services);
  });
  app.setNotFoundHandler((request, reply) => {
    const allowed = allowedMethods(declared, pathOf(request.url));
    if (allowed.length === 0) throw new GatewayError('route.not_found');
    reply.header('allow', allowed.join(', '));
    throw new GatewayError('route.method_not_allowed', { details: { allowed } });
  });
  app.setErrorHandler((error, request, reply) => {
    noteFailure(request, toControlError(error).code);
    answerError(services, error, request, reply);
  });
}

function answerError(services: ControlServices, thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = toControlError(thrown);
  if (ERRORS[error.code].status >= 500) services.reportError({ requestId: request.id, error });
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
  if (error.code === 'auth.required') reply.header('www-authenticate', 'Bearer realm="aigne-hub"');
  // The body is written here: the schemas of the route that failed have no say in the shape of an error.
  reply
    .code(error.status)
    // Again: a request that Fastify itself refuses has passed no hook.
    .headers({ ...FOR_BROWSERS, 'x-request-id': request.id })
    .type('application/json; charset=utf-8')
    .serializer((body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body)))
    .send(errorBody(error, request.id));
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
