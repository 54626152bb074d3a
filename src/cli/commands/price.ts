import type { Command } from 'commander';
import { pricedModelAnswer, rateCardAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { UsageFailure } from '../failure.ts';

type SetOptions = {
  readonly input?: string;
  readonly output?: string;
  readonly cachedInput?: string;
  readonly cacheWrite?: string;
  readonly request?: string;
  readonly from?: string;
};

/** `price …`: what a million units cost. */
export function addPriceCommands(program: Command, { withHub }: CommandContext): void {
  const price = program
    .command('price')
    .helpGroup('See what is used:')
    .description('what the providers charge for their models');
  price
    .command('list')
    .argument('[provider]', 'of this provider only')
    .option('--model <model>', 'one model, by the provider’s own id')
    .description('list the prices in force, in dollars per million')
    .addHelpText(
      'after',
      '\nA model without a price is recorded as unpriced, never as free.\n\nExamples:\n  $ aigne-hub price list\n  $ aigne-hub price list openai --json\n',
    )
    .action((provider: string | undefined, options: { model?: string }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const prices = await hub.getAll('/prices', { provider_id: provider, model: options.model }, pricedModelAnswer);
        printer.json(prices);
        const unit = (row: (typeof prices)[number], name: string) =>
          row.card?.prices.find((line) => line.unit === name && line.above_input_tokens === undefined)?.usd_per_million;
        printer.table(
          prices,
          [
            { heading: 'PROVIDER', value: (row) => row.provider_id },
            { heading: 'MODEL', value: (row) => row.model },
            { heading: 'INPUT', value: (row) => unit(row, 'input'), align: 'right' },
            { heading: 'CACHED', value: (row) => unit(row, 'cached-input'), align: 'right' },
            { heading: 'OUTPUT', value: (row) => unit(row, 'output'), align: 'right' },
            { heading: 'SOURCE', value: (row) => row.card?.source ?? 'unpriced' },
          ],
          'There are no models to price yet. Connect a provider: aigne-hub provider add <provider>',
        );
      }),
    );
  price
    .command('set')
    .argument('<provider>', 'the provider’s id')
    .argument('<model>', 'the provider’s own id of the model')
    .option('--input <usd>', 'dollars for a million input tokens')
    .option('--output <usd>', 'dollars for a million output tokens')
    .option('--cached-input <usd>', 'dollars for a million input tokens read from a cache')
    .option('--cache-write <usd>', 'dollars for a million input tokens written to a cache')
    .option('--request <usd>', 'dollars for a million requests')
    .option('--from <when>', 'from a moment on, in ISO 8601 (default: now)')
    .description('set your own price, which wins over every other')
    .addHelpText(
      'after',
      '\nExample:\n  $ aigne-hub price set openai gpt-4o --input 2.50 --cached-input 1.25 --output 10\n',
    )
    .action((provider: string, model: string, options: SetOptions, command: Command) =>
      withHub(command, async (hub, printer) => {
        const prices = linesOf(options);
        if (prices.length === 0) throw new UsageFailure('give at least one price, such as --input 2.50');
        const body = { provider_id: provider, model, effective_from: options.from, prices };
        const card = await hub.send('POST', '/prices', body, rateCardAnswer);
        printer.json(card);
        printer.line(`Version ${card.version} is in force from ${card.effective_from}.`);
      }),
    );
}

function linesOf(options: SetOptions): readonly { readonly unit: string; readonly usd_per_million: string }[] {
  const given: readonly (readonly [string, string | undefined])[] = [
    ['input', options.input],
    ['output', options.output],
    ['cached-input', options.cachedInput],
    ['cache-write-5m', options.cacheWrite],
    ['request', options.request],
  ];
  return given.flatMap(([unit, usd]) => (usd === undefined ? [] : [{ unit, usd_per_million: usd }]));
}
