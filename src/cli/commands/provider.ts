import type { Command } from 'commander';
import { z } from 'zod';
import { parseJsonOrUndefined } from '../../kernel/json.ts';
import {
  connectionAnswer,
  createdConnectionAnswer,
  deletedAnswer,
  differenceAnswer,
  probeAnswer,
  providerAnswer,
  type RefreshAnswer,
  refreshAnswer,
  type TestAnswer,
  testAnswer,
} from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { CliFailure, UsageFailure } from '../failure.ts';
import { findOne } from '../find-one.ts';
import type { HubClient } from '../hub-client.ts';
import type { Printer } from '../printer.ts';
import { readSecret } from '../secret-input.ts';
import { collect, pairsOf } from '../typed-values.ts';

/** `provider …`: who answers. */
export function addProviderCommands(program: Command, context: CommandContext): void {
  const provider = program
    .command('provider')
    .helpGroup('Connect providers:')
    .description('providers that are connected, and those that can be');
  addList(provider, context);
  addCatalogue(provider, context);
  addAdd(provider, context);
  addTest(provider, context);
  addRefresh(provider, context);
  addRemove(provider, context);
}

function addList(provider: Command, { withHub }: CommandContext): void {
  provider
    .command('list')
    .description('list the connections')
    .addHelpText('after', '\nExample:\n  $ aigne-hub provider list\n')
    .action((_options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const connections = await hub.getAll('/connections', {}, connectionAnswer);
        printer.json(connections);
        printer.table(
          connections,
          [
            { heading: 'NAME', value: (row) => row.name },
            { heading: 'PROVIDER', value: (row) => row.provider_id },
            { heading: 'ADDRESS', value: (row) => row.base_url },
            { heading: 'STATE', value: (row) => (row.enabled ? (row.refresh_error ?? 'on') : 'off') },
            { heading: 'FROM', value: (row) => row.source },
            { heading: 'MODELS LISTED', value: (row) => row.refreshed_at ?? 'never' },
          ],
          'No provider is connected yet. See which can be (aigne-hub provider catalogue), then aigne-hub provider add <provider>.',
        );
      }),
    );
}

function addCatalogue(provider: Command, { deps, withHub }: CommandContext): void {
  provider
    .command('catalogue')
    .argument('[provider]', 'show one in full')
    .option('--load <file-or-url>', 'show what another catalogue would change')
    .option('--apply', 'with --load: change it')
    .description('list the providers that can be connected')
    .addHelpText(
      'after',
      `
Examples:
  $ aigne-hub provider catalogue
  $ aigne-hub provider catalogue openrouter --json
  $ aigne-hub provider catalogue --load ./catalogue.json            shows the difference
  $ aigne-hub provider catalogue --load ./catalogue.json --apply
`,
    )
    .action((one: string | undefined, options: { load?: string; apply?: boolean }, command: Command) =>
      withHub(command, async (hub, printer) => {
        if (options.load !== undefined) {
          const isUrl = /^https?:\/\//.test(options.load);
          const body = isUrl ? { url: options.load } : { document: await readDocument(deps, options.load) };
          return loadCatalogue(hub, printer, body, options.apply === true ? 'apply' : 'compare');
        }
        if (options.apply === true) throw new UsageFailure('--apply needs --load <file-or-url>');
        return one === undefined ? listCatalogue(hub, printer) : showProvider(hub, printer, one);
      }),
    );
}

async function readDocument(deps: CommandContext['deps'], path: string): Promise<unknown> {
  const document = parseJsonOrUndefined(await deps.readFile(deps.resolvePath(path)));
  if (document === undefined) throw new CliFailure(`${path} is not valid JSON`, 'Give a catalogue: a list of entries.');
  return document;
}

async function loadCatalogue(hub: HubClient, printer: Printer, body: object, step: 'compare' | 'apply'): Promise<void> {
  const difference = await hub.send('POST', `/catalogue/${step}`, body, differenceAnswer);
  printer.json(difference);
  for (const id of difference.added) printer.line(printer.good(`+ ${id}`));
  for (const change of difference.changed) printer.line(`~ ${change.id}: ${change.fields.join(', ')}`);
  const count = difference.added.length + difference.changed.length;
  if (count === 0) printer.line('Nothing is new in it.');
  else printer.line(step === 'apply' ? 'Applied.' : 'Nothing is changed yet: add --apply.');
}

async function listCatalogue(hub: HubClient, printer: Printer): Promise<void> {
  const providers = await hub.getAll('/catalogue/providers', {}, providerAnswer);
  printer.json(providers);
  printer.table(
    providers,
    [
      { heading: 'ID', value: (row) => row.id },
      { heading: 'NAME', value: (row) => row.name },
      { heading: 'ADDRESS', value: (row) => row.base_url },
      { heading: 'KEY', value: (row) => (row.needs_credential ? 'needed' : 'none') },
      {
        heading: 'CALLABLE',
        value: (row) => (row.speaks.some((entry) => entry.supported) ? 'yes' : 'not in this build'),
      },
    ],
    'The catalogue is empty. Load one: aigne-hub provider catalogue --load <file-or-url> --apply',
  );
}

async function showProvider(hub: HubClient, printer: Printer, id: string): Promise<void> {
  const provider = await hub.get(`/catalogue/providers/${encodeURIComponent(id)}`, {}, providerAnswer);
  printer.json(provider);
  printer.line(JSON.stringify(provider['document'], null, 2));
}

type AddOptions = {
  readonly name?: string;
  readonly key?: string;
  readonly baseUrl?: string;
  readonly param: readonly string[];
  readonly newModels?: string;
};

function addAdd(provider: Command, { deps, withHub }: CommandContext): void {
  provider
    .command('add')
    .argument('[provider]', 'an id of the catalogue; leave it out to connect an unknown server by --base-url')
    .option('--name <name>', 'the connection’s own name (default: the provider’s id)')
    .option('--key <secret>', 'the provider’s key; - reads it from the standard input; asked for when left out')
    .option('--base-url <url>', 'another address than the catalogue’s')
    .option(
      '--param <name=value>',
      'fills a placeholder of the address, such as region=eu-west-1; may be repeated',
      collect,
      [],
    )
    .option('--new-models <policy>', 'models found later are: enabled, hidden or awaiting_approval')
    .description('connect a provider and list its models')
    .addHelpText(
      'after',
      `
The key is stored encrypted and never shown again. Prefer the prompt or - to a flag, which other people on
the machine may see.

Examples:
  $ aigne-hub provider add openai                                   asks for the key
  $ aigne-hub provider add deepseek --key - < key.txt
  $ aigne-hub provider add ollama --base-url http://10.0.0.5:11434/v1 --name gpu-box
  $ aigne-hub provider add --base-url https://ai.example.com/v1     an unknown server: tried, then connected
`,
    )
    .action((id: string | undefined, options: AddOptions, command: Command) =>
      withHub(command, async (hub, printer) => {
        const { entry, secret } =
          id === undefined ? await addUnknown(hub, printer, deps, options) : await addKnown(hub, deps, id, options);
        const body = {
          provider_id: entry,
          name: options.name,
          base_url: id === undefined ? undefined : options.baseUrl,
          params: pairsOf(options.param),
          new_model_policy: options.newModels,
          credential: secret === undefined ? undefined : { secret },
        };
        const created = await hub.send('POST', '/connections', body, createdConnectionAnswer);
        printer.json(created);
        printer.line(printer.good(`${created.connection.name} is connected.`));
        printRefresh(printer, created.refresh);
      }),
    );
}

async function addKnown(hub: HubClient, deps: CommandContext['deps'], id: string, options: AddOptions) {
  const provider = await hub.get(`/catalogue/providers/${encodeURIComponent(id)}`, {}, providerAnswer);
  const wanted = provider.needs_credential || options.key !== undefined;
  const secret = wanted ? await readSecret(options.key, deps.input, `Key of ${provider.name}: `) : undefined;
  return { entry: provider.id, secret };
}

/** Tries a server that the catalogue does not know, and adds the entry that the hub proposes for it. */
async function addUnknown(hub: HubClient, printer: Printer, deps: CommandContext['deps'], options: AddOptions) {
  if (options.baseUrl === undefined) throw new UsageFailure('name a provider of the catalogue, or give --base-url');
  const secret = options.key === undefined ? undefined : await readSecret(options.key, deps.input, '');
  const probe = await hub.send('POST', '/probe', { base_url: options.baseUrl, secret }, probeAnswer);
  if (probe.proposed_entry === undefined) {
    const seen = probe.results.map((result) => `\n  ${result.step}: ${result.message ?? 'failed'}`).join('');
    throw new CliFailure(
      `nothing that the hub can speak was found at ${options.baseUrl}${seen}`,
      'Check the address and the key.',
    );
  }
  printer.line(`Found ${probe.dialect ?? 'a server'} with ${probe.models.length} models.`);
  await hub.send('POST', '/catalogue/apply', { document: [probe.proposed_entry] }, differenceAnswer);
  return { entry: probe.proposed_entry.id, secret };
}

function addTest(provider: Command, { markFailed, withHub }: CommandContext): void {
  provider
    .command('test')
    .argument('<connection>', 'name or id')
    .description('try every credential of a connection')
    .addHelpText('after', '\nExits with 1 when one does not work.\n\nExample:\n  $ aigne-hub provider test openai\n')
    .action((wanted: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const { id } = await findConnection(hub, wanted);
        const report = await hub.send('POST', `/connections/${encodeURIComponent(id)}/test`, undefined, testAnswer);
        printer.json(report);
        printTest(printer, report);
        if (!report.ok) markFailed();
      }),
    );
}

function printTest(printer: Printer, report: TestAnswer): void {
  for (const result of report.results) {
    const word = result.ok ? printer.good('ok') : printer.bad('failed');
    const time = result.latency_ms === undefined ? '' : `, ${Math.round(result.latency_ms)} ms`;
    const status = result.http_status === undefined ? '' : ` (${result.http_status}${time})`;
    const message = result.message === undefined ? '' : `: ${result.message}`;
    printer.line(`${word}  ${result.step}${status} ${result.credential_id ?? ''}${message}`.trimEnd());
  }
  if (report.results.length === 0) printer.line('There was nothing to try: the connection has no credential.');
}

function addRefresh(provider: Command, { markFailed, withHub }: CommandContext): void {
  provider
    .command('refresh')
    .argument('<connection>', 'name or id')
    .description('ask a provider for its models now')
    .addHelpText('after', '\nExample:\n  $ aigne-hub provider refresh openai\n')
    .action((wanted: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const { id } = await findConnection(hub, wanted);
        const outcome = await hub.send(
          'POST',
          `/connections/${encodeURIComponent(id)}/refresh`,
          undefined,
          refreshAnswer,
        );
        printer.json(outcome);
        printRefresh(printer, outcome);
        if (outcome.error !== undefined) markFailed();
      }),
    );
}

function printRefresh(printer: Printer, outcome: RefreshAnswer): void {
  if (outcome.error !== undefined) {
    return printer.line(`${printer.bad('Its models could not be listed:')} ${outcome.error}`);
  }
  const { added, withdrawn, returned } = outcome;
  printer.line(`${added.length} models new, ${withdrawn.length} withdrawn, ${returned.length} back again.`);
}

function addRemove(provider: Command, { withHub }: CommandContext): void {
  provider
    .command('remove')
    .argument('<connection>', 'name or id')
    .description('disconnect a provider and forget its credentials')
    .addHelpText('after', '\nExample:\n  $ aigne-hub provider remove gpu-box\n')
    .action((wanted: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const { id, name } = await findConnection(hub, wanted);
        const gone = await hub.send('DELETE', `/connections/${encodeURIComponent(id)}`, undefined, deletedAnswer);
        printer.json(gone);
        printer.line(`${name} is disconnected.`);
      }),
    );
}

async function findConnection(hub: HubClient, wanted: string): Promise<z.output<typeof connectionAnswer>> {
  return findOne(await hub.getAll('/connections', {}, connectionAnswer), wanted, {
    noun: 'connection',
    name: (row) => row.name,
    list: 'aigne-hub provider list',
  });
}
