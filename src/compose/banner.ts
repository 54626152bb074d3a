export type BannerInput = {
  readonly version: string;
  readonly address: string;
  readonly dataDir: string;
  /** The admin token, on the first start only. */
  readonly adminToken: string | undefined;
  /** A virtual key, on the first start only. */
  readonly key: string | undefined;
  /** Where the first owner makes an account; while there is nobody. */
  readonly setupLink: string | undefined;
  readonly model: { readonly name: string; readonly isSimulated: boolean } | undefined;
  readonly found: readonly string[];
  readonly isSelfSigned: boolean;
};

/** What a person reads when the hub is ready. */
export function bannerText(input: BannerInput): string {
  const lines = ['', `AIGNE Hub ${input.version} is ready at ${input.address}`, ''];
  if (input.found.length > 0) lines.push(`Found on this machine and connected: ${input.found.join(', ')}.`, '');
  if (input.setupLink !== undefined) {
    lines.push('Nobody has an account yet. Make the first one, which runs this hub (this link works once):');
    lines.push(`  ${input.setupLink}`, '');
  }
  if (input.adminToken === undefined) {
    lines.push('Admin token: made on the first start; `aigne-hub admin token` makes a new one.');
  } else {
    lines.push('Admin token, shown this once:', `  ${input.adminToken}`);
  }
  lines.push('On this machine the command line needs no token:  node bin/aigne-hub.js --help', '');
  lines.push(...curlLines(input), '', `Data and secrets: ${input.dataDir}`, '');
  return `${lines.join('\n')}\n`;
}

function curlLines(input: BannerInput): string[] {
  if (input.model === undefined) {
    return ['No model is served yet. Connect a provider:', '  node bin/aigne-hub.js provider add openai'];
  }
  const what = input.model.isSimulated
    ? 'Try it now; until a provider is connected, the simulated one answers:'
    : 'Try it now:';
  const key = input.key ?? '$HUB_KEY';
  const body = JSON.stringify({
    model: input.model.name,
    stream: true,
    messages: [{ role: 'user', content: 'Say hello.' }],
  });
  const insecure = input.isSelfSigned ? ' --insecure' : '';
  const curl = `  curl -N${insecure} ${input.address}/v1/chat/completions -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" -d '${body.replaceAll("'", '\u2019')}'`;
  const hint =
    input.key === undefined ? ['  (HUB_KEY: a virtual key, from `node bin/aigne-hub.js key create my-key`)'] : [];
  return [what, curl, ...hint];
}
