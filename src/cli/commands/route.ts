import { type Command, Option } from 'commander';
import { isJsonObject } from '../../kernel/json.ts';
import { AFFINITIES, STRATEGIES } from '../../protocol/route.ts';
import { deletedAnswer, type RouteAnswer, routeAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { readDocument, withoutTold } from '../document.ts';
import { UsageFailure } from '../failure.ts';
import { findOne } from '../find-one.ts';
import type { HubClient } from '../hub-client.ts';
import { collect, splitList } from '../typed-values.ts';
import { addExplain } from './route-explain.ts';

const ROUTES = '/routes';

type RouteOptions = {
  readonly then: readonly string[];
  readonly strategy?: string;
  readonly affinity?: string;
  readonly contextTooLong?: string;
  readonly contentFilter?: string;
  readonly file?: string;
};
type UpdateOptions = RouteOptions & { readonly name?: string };

/** `route …`: how the names that callers use are served. */
export function addRouteCommands(program: Command, context: CommandContext): void {
  const route = program
    .command('route')
    .alias('routes')
    .helpGroup('Connect providers:')
    .description('how names are served: by which models, and in which order');
  addList(route, context);
  addShow(route, context);
  addCreate(route, context);
  addUpdate(route, context);
  addRemove(route, context);
  addExplain(route, context);
}

function addList(route: Command, { withHub }: CommandContext): void {
  route
    .command('list')
    .description('list the routes by name')
    .addHelpText('after', '\nExample:\n  $ aigne-hub route list\n')
    .action((_options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const rows = await hub.getAll(ROUTES, {}, routeAnswer);
        printer.json(rows);
        printer.table(
          rows,
          [
            { heading: 'ROUTE', value: (row) => row.name },
            { heading: 'TARGETS', value: (row) => row.tiers.map(tierText).join(' | ') },
            { heading: 'STRATEGY', value: (row) => row.strategy },
            { heading: 'AFFINITY', value: (row) => row.affinity },
            { heading: 'RULES', value: (row) => row.rules.length, align: 'right' },
            { heading: 'FROM', value: (row) => row.source },
          ],
          'There are no routes. Make one: aigne-hub route create <name> <model...>',
        );
      }),
    );
}

function addShow(route: Command, { withHub }: CommandContext): void {
  route
    .command('show')
    .argument('<route>', 'its id or name')
    .description('show one route; with --json in the form that --file takes')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aigne-hub route show smart\n  $ aigne-hub route show smart --json > smart.json\n',
    )
    .action((wanted: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const row = await routeOf(hub, wanted);
        printer.json(row);
        printer.line(`${row.id} “${row.name}”: ${row.strategy}, affinity ${row.affinity}, from ${row.source}.`);
        const others = row.rules.length === 0 ? 'every request' : 'all others';
        const lines = [
          ...row.tiers.map((tier, index) => ({ rule: others, tier: index + 1, targets: tierText(tier) })),
          ...row.rules.flatMap(({ when, tiers }) =>
            tiers.map((tier, index) => ({ rule: JSON.stringify(when), tier: index + 1, targets: tierText(tier) })),
          ),
        ];
        printer.table(
          lines,
          [
            { heading: 'TIER', value: (line) => line.tier, align: 'right' },
            { heading: 'TARGETS', value: (line) => line.targets },
            { heading: 'FOR', value: (line) => line.rule },
          ],
          '',
        );
        const { context_too_long: tooLong, content_filter: refused } = row.fallbacks;
        if (tooLong !== undefined) printer.line(`What is too long is asked of ${tooLong}.`);
        if (refused !== undefined) printer.line(`What is refused for its content is asked of ${refused}.`);
      }),
    );
}

/** What create and update have in common. */
function withFields(command: Command): Command {
  return command
    .option('--then <models>', 'models of the next tier, separated by commas; may be repeated', collect, [])
    .addOption(new Option('--strategy <strategy>', 'the order within a tier').choices(STRATEGIES))
    .addOption(new Option('--affinity <affinity>', 'what goes to the same deployment').choices(AFFINITIES))
    .option('--context-too-long <model>', 'who is asked where the request is too long')
    .option('--content-filter <model>', 'who is asked where the content is refused')
    .option('--file <file>', 'JSON or YAML with the fields of the control API, rules and time-outs too; - reads them');
}

function addCreate(route: Command, { deps, withHub }: CommandContext): void {
  withFields(route.command('create'))
    .argument('<name>', 'what callers ask for')
    .argument('[models...]', 'what serves it: a model or connection/model, with =3 for its weight')
    .description('make a route')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aigne-hub route create smart openai/gpt-4.1=3 azure/gpt-4.1 --strategy weighted --then openrouter/openai/gpt-4.1\n  $ aigne-hub route create smart --file smart.yaml\n',
    )
    .action((name: string, models: readonly string[], options: RouteOptions, command: Command) =>
      withHub(command, async (hub, printer) => {
        const file = options.file === undefined ? {} : await readDocument(options.file, deps);
        const given = { ...withTyped(file, models, options), name };
        if (!('tiers' in given)) throw new UsageFailure('name the models that serve it, or give --file');
        const made = await hub.send('POST', ROUTES, given, routeAnswer);
        printer.json(made);
        printer.line(`${made.id} “${made.name}” is served by ${made.tiers.map(tierText).join(' | ')}.`);
      }),
    );
}

function addUpdate(route: Command, { deps, withHub }: CommandContext): void {
  withFields(route.command('update'))
    .argument('<route>', 'its id or name')
    .argument('[models...]', 'what serves it from now on; left out: what serves it now')
    .option('--name <name>', 'another name')
    .description('change what is given of a route; with --file all of it')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aigne-hub route update smart --strategy cheapest\n  $ aigne-hub route update smart --file - < smart.json\n',
    )
    .action((wanted: string, models: readonly string[], options: UpdateOptions, command: Command) =>
      withHub(command, async (hub, printer) => {
        const { name, file, then, ...others } = options;
        const isNothing = models.length + then.length + Object.keys(others).length === 0;
        if (isNothing && name === undefined && file === undefined) {
          throw new UsageFailure('say what is to be another: models, an option, or --file');
        }
        const row = await routeOf(hub, wanted);
        const base = file === undefined ? withoutTold(row) : { name: row.name, ...(await readDocument(file, deps)) };
        const fields = withTyped(base, models, options);
        const body = name === undefined ? fields : { ...fields, name };
        const path = `${ROUTES}/${encodeURIComponent(row.id)}`;
        const changed = await hub.send('PUT', path, body, routeAnswer, row.revision);
        printer.json(changed);
        printer.line(`${changed.id} “${changed.name}” is changed.`);
      }),
    );
}

function addRemove(route: Command, { withHub }: CommandContext): void {
  route
    .command('remove')
    .alias('delete')
    .argument('<route>', 'its id or name')
    .description('remove a route: its name means what it meant before')
    .addHelpText('after', '\nExample:\n  $ aigne-hub route remove smart\n')
    .action((wanted: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const { id, name, revision } = await routeOf(hub, wanted);
        const path = `${ROUTES}/${encodeURIComponent(id)}`;
        const removed = await hub.send('DELETE', path, undefined, deletedAnswer, revision);
        printer.json(removed);
        printer.line(`${id} “${name}” is removed.`);
      }),
    );
}

async function routeOf(hub: HubClient, wanted: string): Promise<RouteAnswer> {
  const rows = await hub.getAll(ROUTES, {}, routeAnswer);
  return findOne(rows, wanted, { noun: 'route', name: (row) => row.name, list: 'aigne-hub route list' });
}

/** What was typed, over what is there or stands in the file. */
function withTyped(
  base: Readonly<Record<string, unknown>>,
  models: readonly string[],
  options: RouteOptions,
): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...base };
  const { strategy, affinity, then } = options;
  if (strategy !== undefined) fields['strategy'] = strategy;
  if (affinity !== undefined) fields['affinity'] = affinity;
  if (models.length === 0 && then.length > 0) {
    throw new UsageFailure('--then names the tiers after the first, whose models are named before it');
  }
  if (models.length > 0) fields['tiers'] = [models, ...then.map(splitList)].map(toTier);
  const { fallbacks } = base;
  const typed = typedFallbacks(options);
  if (Object.keys(typed).length > 0) fields['fallbacks'] = { ...(isJsonObject(fallbacks) ? fallbacks : {}), ...typed };
  return fields;
}

function typedFallbacks({ contextTooLong, contentFilter }: RouteOptions): object {
  return {
    ...(contextTooLong === undefined ? {} : { context_too_long: contextTooLong }),
    ...(contentFilter === undefined ? {} : { content_filter: contentFilter }),
  };
}

function toTier(models: readonly string[]) {
  return {
    targets: models.map((written) => {
      const [, model, weight] = /^(.+)=(\d{1,4})$/.exec(written) ?? [];
      return model === undefined ? { model: written } : { model, weight: Number(weight) };
    }),
  };
}

function tierText({ targets }: RouteAnswer['tiers'][number]): string {
  return targets.map(({ model, weight }) => (weight === 1 ? model : `${model}=${weight}`)).join(', ');
}
