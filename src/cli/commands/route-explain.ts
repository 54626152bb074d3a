import { type Command, Option } from 'commander';
import { formatUsd, nanoUsd } from '../../kernel/money.ts';
import { OPERATIONS } from '../../protocol/operation.ts';
import { explainedRouteAnswer, keyAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { findOne } from '../find-one.ts';
import type { HubClient } from '../hub-client.ts';
import { collect, pairsOf, wholeOf } from '../typed-values.ts';

type ExplainOptions = {
  readonly operation: string;
  readonly key?: string;
  readonly tag: readonly string[];
  readonly header: readonly string[];
  readonly endUser?: string;
  readonly conversation?: string;
  readonly tokens?: string;
  readonly tools?: boolean;
  readonly images?: boolean;
};

const ORDERS: Readonly<Record<string, string>> = {
  priority: 'as they are written',
  weighted: 'in turn by their weights',
  least_in_flight: 'by the fewest calls under way',
  fastest: 'by the shortest time to the first byte lately',
  cheapest: 'by what the request costs',
};

const PASSED_OVER: Readonly<Record<string, string>> = {
  trying: 'it failed lately, and one call may see whether it works again.',
  cooling: 'all its credentials are at their limits or set aside, so it comes after all others.',
  open: 'it failed lately, so it comes after all others.',
};

/** `route explain`: in which order deployments would be tried now, and why. */
export function addExplain(route: Command, { withHub }: CommandContext): void {
  route
    .command('explain')
    .argument('<model>', 'a route, or any other name that callers use')
    .addOption(new Option('--operation <operation>', 'what is asked').choices(OPERATIONS).default('chat'))
    .option('--key <key>', 'as whom, by id or name; without it as a key that nothing limits')
    .option('--tag <name=value>', 'a tag of the request; may be repeated', collect, [])
    .option('--header <name=value>', 'a header of the request; may be repeated', collect, [])
    .option('--end-user <id>', 'for whom the caller asks')
    .option('--conversation <name>', 'which conversation it goes on with')
    .option('--tokens <count>', 'estimated input tokens')
    .option('--tools', 'it brings tools')
    .option('--images', 'it brings pictures')
    .description('tell which deployments would be tried now, in which order, and why')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aigne-hub route explain smart\n  $ aigne-hub route explain smart --key website --tag team=search --tokens 1200\n',
    )
    .action((model: string, options: ExplainOptions, command: Command) =>
      withHub(command, async (hub, printer) => {
        const body = {
          model,
          operation: options.operation,
          key_id: options.key === undefined ? undefined : await keyIdOf(hub, options.key),
          tags: pairsOf(options.tag),
          headers: pairsOf(options.header),
          end_user: options.endUser,
          conversation: options.conversation,
          input_tokens: wholeOf('--tokens', options.tokens),
          tools: options.tools,
          images: options.images,
        };
        const found = await hub.send('POST', '/routes/explain', body, explainedRouteAnswer);
        printer.json(found);
        const { route_id: id, rule, affinity, strategy } = found;
        const by =
          id === undefined ? 'No route has that name: the connections that serve it are asked' : `The route ${id}`;
        const which = rule === undefined ? '' : `, by its rule ${rule}`;
        printer.line(`${by}${which}. Within a tier ${ORDERS[strategy] ?? strategy}; affinity ${affinity}.`);
        printer.table(
          found.steps.map((step, index) => ({ ...step, place: index + 1 })),
          [
            { heading: '#', value: (step) => step.place, align: 'right' },
            { heading: 'DEPLOYMENT', value: (step) => step.deployment },
            { heading: 'TIER', value: (step) => step.tier, align: 'right' },
            { heading: 'WEIGHT', value: (step) => step.weight, align: 'right' },
            { heading: 'STANDING', value: (step) => step.standing },
            { heading: 'UNDER WAY', value: (step) => step.in_flight, align: 'right' },
            { heading: 'FIRST BYTE', value: (step) => millisecondsOf(step.first_byte_ms), align: 'right' },
            { heading: 'COST', value: (step) => costOf(step.cost_nano_usd), align: 'right' },
          ],
          'Nothing would be tried: what serves it is not among the connections of this organization.',
        );
        for (const [standing, why] of Object.entries(PASSED_OVER)) {
          if (found.steps.some((step) => step.standing === standing)) printer.line(`${standing}: ${why}`);
        }
        printer.line(`${found.retries_left} further tries are left to it within this minute.`);
      }),
    );
}

async function keyIdOf(hub: HubClient, wanted: string): Promise<string> {
  const keys = await hub.getAll('/keys', {}, keyAnswer);
  return findOne(keys, wanted, { noun: 'key', name: (row) => row.name, list: 'aigne-hub key list' }).id;
}

function millisecondsOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : `${Math.round(ms)} ms`;
}

function costOf(nano: string | undefined): string | undefined {
  return nano === undefined || !/^\d+$/.test(nano) ? undefined : `$${formatUsd(nanoUsd(BigInt(nano)))}`;
}
