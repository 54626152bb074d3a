import { actorIdOf } from '../actor-id.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, route } from '../http.ts';
import { grantListSchema, listedGrantsSchema, toListedGrants } from './list-schema.ts';

const TAGS = ['credit'];
const LISTS = `${CONTROL_PREFIX}/installation/credit/grant-lists`;

/** `/installation/credit/grant-lists`: credit for many, as CSV. */
export const grantListRoutes: ControlRoutes = (app, { customers: { grantLists } }) => {
  app.post(
    `${LISTS}/check`,
    route(
      'installation_credit.write',
      {
        operationId: 'checkCreditList',
        summary: 'Says line by line what a list would give and what is wrong with it, and gives nothing.',
        tags: TAGS,
        body: grantListSchema,
        response: { 200: listedGrantsSchema },
      },
      { audit: 'never' },
    ),
    async (request) => toListedGrants(await grantLists.look(request.body.csv, actorIdOf(request))),
  );
  app.post(
    LISTS,
    route('installation_credit.write', {
      operationId: 'giveCreditList',
      summary: 'Gives what a list says, each line once by its reference; where any line is wrong, nothing.',
      tags: TAGS,
      body: grantListSchema,
      response: { 200: listedGrantsSchema },
    }),
    async (request) => {
      const given = toListedGrants(await grantLists.give(request.body.csv, actorIdOf(request)));
      const { lines, ...counts } = given;
      const references = lines.filter(({ state }) => state === 'new').map(({ reference }) => reference);
      noteChange(request, {
        targetKind: 'grant',
        targetId: references[0] ?? lines[0]?.reference ?? '',
        after: { ...counts, references },
      });
      return given;
    },
  );
};
