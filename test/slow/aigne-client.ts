import { createRequire } from 'node:module';

/** As much of `@aigne/aigne-hub` as is used here; the package is installed by `npm run clients` and not by `npm install`. */
export type AigneClient = {
  readonly AIGNEHubChatModel: new (options: ClientOptions) => ChatModel;
  readonly AIGNEHubImageModel: new (options: ClientOptions) => ImageModel;
};

type ClientOptions = { readonly baseURL: string; readonly apiKey: string; readonly model: string };

type ChatInput = { readonly messages: readonly { readonly role: 'user'; readonly content: string }[] };

type ChatModel = {
  readonly invoke: {
    (input: ChatInput): Promise<{ readonly text?: string }>;
    (input: ChatInput, options: { readonly streaming: true }): Promise<AsyncIterable<Delta>>;
  };
};

/** What a stream adds to the answer so far. */
export type Delta = { readonly delta?: { readonly text?: { readonly text?: string } } };

type ImageModel = {
  readonly invoke: (input: {
    readonly prompt: string;
    readonly outputFileType: 'file';
  }) => Promise<{ readonly images: readonly { readonly data?: string }[] }>;
};

/** @throws Error where the packages of the clients are not installed */
export async function loadAigneClient(): Promise<AigneClient> {
  const require = createRequire(new URL('../clients/package.json', import.meta.url));
  // The package's own types are not there for who has not installed it.
  return (await import(require.resolve('@aigne/aigne-hub'))) as AigneClient;
}
