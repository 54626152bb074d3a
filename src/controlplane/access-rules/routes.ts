import type { FastifyRequest } from 'fastify';
import { GatewayError } from '../../kernel/errors.ts';
import { type RuleChange, ruleId } from '../../policy/access-rule-service.ts';
import type { RuleKey } from '../../policy/ports.ts';
import { ifRevisionOf } from '../etag.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, revisedRoute, route, tenantOf } from '../http.ts';
import { cutPage, pageOf, pageQuerySchema } from '../paging.ts';
import { operatorRuleParams, ruleListsSchema, ruleParams, ruleSchema, toLists, toRule } from './schema.ts';

const TAGS = ['rules'];
const LIST = `${CONTROL_PREFIX}/rules`;
const ONE = `${LIST}/:scope/:scope_id`;
const OPERATORS = `${CONTROL_PREFIX}/organizations/:organization_id/operator-rule`;

/** `/rules`: which models, providers and regions an organization, a team, a project or a key may use. */
export const accessRuleRoutes: ControlRoutes = (app, services) => {
  readRules(app, services);
  changeRules(app, services);
  operatorRules(app, services);
};

const readRules: ControlRoutes = (app, { accessRules }) => {
  app.get(
    LIST,
    route('rules.read', {
      operationId: 'listRules',
      summary: 'Lists the rules of the organization, the operator’s among them.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(ruleSchema) },
    }),
    async (request) => {
      const all = await accessRules.list(tenantOf(request).organizationId);
      const page = cutPage(all, ruleId, request.query);
      return { data: page.rows.map(toRule), next_cursor: page.nextCursor };
    },
  );
  app.get(
    ONE,
    route('rules.read', {
      operationId: 'getRule',
      summary: 'Shows the rule of an organization, a team, a project or a key.',
      tags: TAGS,
      params: ruleParams,
      response: { 200: ruleSchema },
    }),
    async (request) => shown(await accessRules.get(keyOf(request, request.params))),
  );
};

const changeRules: ControlRoutes = (app, { accessRules }) => {
  app.put(
    ONE,
    revisedRoute('rules.write', {
      operationId: 'putRule',
      summary: 'Lays down the rule, in place of the one before. It holds for calls within two seconds.',
      tags: TAGS,
      params: ruleParams,
      body: ruleListsSchema,
      response: { 200: ruleSchema },
    }),
    async (request) => {
      const key = keyOf(request, request.params);
      return answer(request, key, await accessRules.put(key, toLists(request.body), ifRevisionOf(request)));
    },
  );
  app.delete(
    ONE,
    revisedRoute('rules.write', {
      operationId: 'deleteRule',
      summary: 'Takes the rule away; the others hold on.',
      tags: TAGS,
      params: ruleParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      const key = keyOf(request, request.params);
      note(request, key, await accessRules.remove(key, ifRevisionOf(request)));
      return deleted(ruleId(key));
    },
  );
};

/** The operator's word on an organization, which nobody in it can change. */
const operatorRules: ControlRoutes = (app, { accessRules }) => {
  app.get(
    OPERATORS,
    route('operator_rules.write', {
      operationId: 'getOperatorRule',
      summary: 'Shows the operator’s rule for an organization.',
      tags: TAGS,
      params: operatorRuleParams,
      response: { 200: ruleSchema },
    }),
    async (request) => shown(await accessRules.get(operatorsKey(request.params.organization_id))),
  );
  app.put(
    OPERATORS,
    revisedRoute('operator_rules.write', {
      operationId: 'putOperatorRule',
      summary: 'Lays down the operator’s rule for an organization, in place of the one before.',
      tags: TAGS,
      params: operatorRuleParams,
      body: ruleListsSchema,
      response: { 200: ruleSchema },
    }),
    async (request) => {
      const key = operatorsKey(request.params.organization_id);
      return answer(request, key, await accessRules.put(key, toLists(request.body), ifRevisionOf(request)));
    },
  );
  app.delete(
    OPERATORS,
    revisedRoute('operator_rules.write', {
      operationId: 'deleteOperatorRule',
      summary: 'Takes the operator’s rule for an organization away.',
      tags: TAGS,
      params: operatorRuleParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      const key = operatorsKey(request.params.organization_id);
      note(request, key, await accessRules.remove(key, ifRevisionOf(request)));
      return deleted(ruleId(key));
    },
  );
};

function keyOf(
  request: FastifyRequest,
  { scope, scope_id: scopeId }: { readonly scope: RuleKey['scope']; readonly scope_id: string },
): RuleKey {
  return { organizationId: tenantOf(request).organizationId, scope, scopeId };
}

function operatorsKey(organizationId: string): RuleKey {
  return { organizationId, scope: 'operator', scopeId: organizationId };
}

function shown(rule: RuleChange['after']) {
  if (rule === undefined) throw new GatewayError('resource.not_found');
  return toRule(rule);
}

function answer(request: FastifyRequest, key: RuleKey, change: RuleChange) {
  note(request, key, change);
  return shown(change.after);
}

function note(request: FastifyRequest, key: RuleKey, { before, after }: RuleChange): void {
  noteChange(request, {
    targetKind: 'rule',
    targetId: ruleId(key),
    before: before && toRule(before),
    after: after && toRule(after),
  });
}
