import type { Command } from 'commander';
import { chargedPriceAnswer, madeRulesAnswer, priceRuleAnswer, rulePreviewAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { UsageFailure } from '../failure.ts';
import { readMoment } from '../time-span.ts';
import { groupIdOf } from './price-group.ts';

const CHARGED = '/installation/prices';
const RULES = `${CHARGED}/rules`;

type ScopeOptions = { readonly group?: string; readonly provider?: string; readonly model?: string };
type SetOptions = ScopeOptions & {
  readonly margin?: string;
  readonly withdraw?: boolean;
  readonly allowBelowCost?: boolean;
  readonly from?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
};

/** `price-rule …`: what calls are charged above what they cost. */
export function addPriceRuleCommands(program: Command, context: CommandContext): void {
  const rule = program
    .command('price-rule')
    .helpGroup('Sell credit:')
    .description('what is charged for calls: margins for all, a group, a provider or a model');
  addList(rule, context);
  addPrices(rule, context);
  addSet(rule, context);
}

function withScope(command: Command): Command {
  return command
    .option('--group <group>', 'of this customer group, by id or name')
    .option('--provider <provider>', 'of this provider’s models')
    .option('--model <model>', 'of this model of the provider, by the provider’s own id');
}

function addList(rule: Command, { withHub }: CommandContext): void {
  withScope(rule.command('list'))
    .option('--all', 'those that are over, too')
    .description('list the rules')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aigne-hub price-rule list\n  $ aigne-hub price-rule list --group Partners\n',
    )
    .action((options: ScopeOptions & { readonly all?: boolean }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const query = {
          customer_group_id: await groupIdOf(hub, options.group),
          provider_id: options.provider,
          model: options.model,
          in_force: options.all === true ? undefined : 'true',
        };
        const rows = await hub.getAll(RULES, query, priceRuleAnswer);
        printer.json(rows);
        printer.table(
          rows,
          [
            { heading: 'GROUP', value: (row) => row.customer_group_id ?? 'all' },
            { heading: 'PROVIDER', value: (row) => row.provider_id ?? 'all' },
            { heading: 'MODEL', value: (row) => row.model ?? 'all' },
            { heading: 'CHARGED', value: (row) => sayingOf(row) },
            { heading: 'FROM', value: (row) => row.effective_from },
            { heading: 'REASON', value: (row) => row.reason ?? '' },
          ],
          'There is no rule: the margin of the settings holds. Set one: aigne-hub price-rule set --margin 20',
        );
      }),
    );
}

function sayingOf({
  kind,
  margin_percent: margin,
}: {
  readonly kind: string;
  readonly margin_percent?: string | undefined;
}) {
  if (kind === 'margin') return `cost + ${margin}%`;
  return kind === 'list' ? 'a list of its own' : 'taken back';
}

function addPrices(rule: Command, { withHub }: CommandContext): void {
  rule
    .command('prices')
    .argument('[provider]', 'of this provider only')
    .option('--group <group>', 'as this customer group pays, by id or name')
    .option('--only <which>', 'unpriced, below_cost or listed')
    .description('list what calls are charged, in credits per million')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aigne-hub price-rule prices\n  $ aigne-hub price-rule prices openai --group Partners\n',
    )
    .action(
      (provider: string | undefined, options: { readonly group?: string; readonly only?: string }, command: Command) =>
        withHub(command, async (hub, printer) => {
          const query = {
            provider_id: provider,
            customer_group_id: await groupIdOf(hub, options.group),
            only: options.only,
          };
          const rows = await hub.getAll(CHARGED, query, chargedPriceAnswer);
          printer.json(rows);
          const line = (row: (typeof rows)[number], unit: string) =>
            row.lines.find((each) => each.unit === unit && each.above_input_tokens === undefined)?.credits_per_million;
          printer.table(
            rows,
            [
              { heading: 'PROVIDER', value: (row) => row.provider_id },
              { heading: 'MODEL', value: (row) => row.model },
              { heading: 'INPUT', value: (row) => line(row, 'input'), align: 'right' },
              { heading: 'OUTPUT', value: (row) => line(row, 'output'), align: 'right' },
              { heading: 'NOTE', value: (row) => noteOf(row) },
            ],
            'No model is like that.',
          );
        }),
    );
}

function noteOf({ priced, below_cost: isBelow }: { readonly priced: boolean; readonly below_cost: boolean }): string {
  if (!priced) return 'unpriced: it cannot be called';
  return isBelow ? 'below cost' : '';
}

function addSet(rule: Command, { deps, withHub }: CommandContext): void {
  withScope(rule.command('set'))
    .option('--margin <percent>', 'what is added to the provider’s cost, such as 20')
    .option('--withdraw', 'take the rule back: the next wider one holds')
    .option('--allow-below-cost', 'charge less than the cost where the rule says so')
    .option('--from <when>', 'from a moment on, such as 7d, or a date (default: now)')
    .option('--reason <text>', 'why')
    .option('--dry-run', 'only show what would change')
    .description('set a rule, or take one back')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aigne-hub price-rule set --margin 20\n  $ aigne-hub price-rule set --provider openai --margin 12.5 --dry-run\n  $ aigne-hub price-rule set --group Partners --withdraw\n',
    )
    .action((options: SetOptions, command: Command) =>
      withHub(command, async (hub, printer) => {
        const { margin, withdraw, from, reason, dryRun } = options;
        if ((margin === undefined) === (withdraw === undefined)) throw new UsageFailure('give --margin or --withdraw');
        const wanted = {
          customer_group_id: await groupIdOf(hub, options.group),
          provider_id: options.provider,
          model: options.model,
          margin_percent: margin,
          withdraw,
          allow_below_cost: options.allowBelowCost,
        };
        const effective_from = from === undefined ? undefined : readMoment(from, deps.now(), 1);
        if (dryRun === true) {
          const body = { rules: [wanted], effective_from };
          const preview = await hub.send('POST', `${RULES}/preview`, body, rulePreviewAnswer);
          printer.json(preview);
          printer.line(`${preview.changes} prices would change; ${preview.below_cost} of them would be below cost.`);
          return;
        }
        const body = { rules: [wanted], effective_from, reason };
        const { data } = await hub.send('POST', RULES, body, madeRulesAnswer);
        printer.json(data);
        for (const made of data) printer.line(`${made.id} holds from ${made.effective_from}.`);
      }),
    );
}
