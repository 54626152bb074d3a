import type { Command } from 'commander';
import type { CliDeps, StartFlags } from './deps.ts';
import { CliFailure } from './failure.ts';
import { createHubClient, type HubClient } from './hub-client.ts';
import { coloursFor, createPrinter, type Printer } from './printer.ts';

/** What every command is built with. */
export type CommandContext = {
  readonly deps: CliDeps;
  readonly printer: (command: Command) => Printer;
  readonly flags: (command: Command) => StartFlags;
  /** Runs a command's work with the hub: the one that runs, or one opened for it on a store that nobody holds. */
  readonly withHub: (command: Command, work: (hub: HubClient, printer: Printer) => Promise<void>) => Promise<void>;
  /** Ends the command line with exit code 1 though nothing was thrown: a test or a check that found something. */
  readonly markFailed: () => void;
};

export function createContext(deps: CliDeps, markFailed: () => void): CommandContext {
  const printer = (command: Command): Printer =>
    createPrinter(deps.out, {
      format: globalOptions(command).json === true ? 'json' : 'text',
      colours: coloursFor(deps.out, deps.environment),
    });
  return {
    deps,
    printer,
    flags: flagsOf,
    markFailed,
    withHub: async (command, work) => {
      const { client, close } = await openHub(deps, command);
      try {
        await work(client, printer(command));
      } finally {
        await close();
      }
    },
  };
}

type GlobalOptions = {
  readonly json?: boolean;
  readonly url?: string;
  readonly token?: string;
  readonly dataDir?: string;
  readonly config?: string;
};

function globalOptions(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

function flagsOf(command: Command): StartFlags {
  const { dataDir, config } = globalOptions(command);
  return { dataDir, config };
}

async function openHub(
  deps: CliDeps,
  command: Command,
): Promise<{ readonly client: HubClient; readonly close: () => Promise<void> }> {
  const named = globalOptions(command);
  const url = named.url ?? nonEmpty(deps.environment['HUB_URL']);
  const token = named.token ?? nonEmpty(deps.environment['HUB_ADMIN_TOKEN']);
  const noneToClose = async () => {};
  if (url !== undefined) {
    if (token === undefined) {
      throw new CliFailure(
        `the hub at ${url} asks for an admin token`,
        'Give it with --token or HUB_ADMIN_TOKEN; `aigne-hub admin token` makes a new one on the hub’s machine.',
      );
    }
    return {
      client: createHubClient(deps.connect({ address: url, token, certificate: undefined })),
      close: noneToClose,
    };
  }
  const running = await deps.findRunningHub(flagsOf(command));
  if (running !== undefined) {
    const { address, controlToken, certificate } = running;
    const send = deps.connect({ address, token: token ?? controlToken, certificate });
    return { client: createHubClient(send), close: noneToClose };
  }
  const offline = await deps.openOffline(flagsOf(command));
  return { client: createHubClient(offline.send), close: offline.close };
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
