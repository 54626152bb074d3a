/** Programs that call a model through the hub, as they are pasted. */

export const SNIPPETS = [
  'curl',
  'OpenAI',
  'Anthropic',
  'AIGNE',
  'AI SDK',
  'LangChain',
  'Claude Code',
  'Codex',
] as const;
export type SnippetName = (typeof SNIPPETS)[number];

type SnippetInput = {
  /** The hub's address, without a slash at its end. */
  readonly hub: string;
  readonly secret: string;
  readonly model: string;
};

const PROMPT = 'Say hello in five words.';

/** The text of a snippet. */
export function snippet(name: SnippetName, { hub, secret, model }: SnippetInput): string {
  const [h, k, m] = [JSON.stringify(hub), JSON.stringify(secret), JSON.stringify(model)];
  switch (name) {
    case 'curl':
      return [
        `curl ${hub}/v1/chat/completions \\`,
        `  -H "Authorization: Bearer ${secret}" \\`,
        `  -H "Content-Type: application/json" \\`,
        `  -d '${JSON.stringify({ model, messages: [{ role: 'user', content: PROMPT }] })}'`,
      ].join('\n');
    case 'OpenAI':
      return [
        '# pip install openai',
        'from openai import OpenAI',
        '',
        `client = OpenAI(base_url="${hub}/v1", api_key=${k})`,
        'answer = client.chat.completions.create(',
        `    model=${m},`,
        `    messages=[{"role": "user", "content": "${PROMPT}"}],`,
        ')',
        'print(answer.choices[0].message.content)',
      ].join('\n');
    case 'Anthropic':
      return [
        '# pip install anthropic',
        'from anthropic import Anthropic',
        '',
        `client = Anthropic(base_url=${h}, auth_token=${k})`,
        'answer = client.messages.create(',
        `    model=${m},`,
        '    max_tokens=1024,',
        `    messages=[{"role": "user", "content": "${PROMPT}"}],`,
        ')',
        'print(answer.content[0].text)',
      ].join('\n');
    case 'AIGNE':
      return [
        '// npm install @aigne/aigne-hub',
        "import { AIGNEHubChatModel } from '@aigne/aigne-hub';",
        '',
        `const model = new AIGNEHubChatModel({ baseURL: ${h}, apiKey: ${k}, model: ${m} });`,
        `const answer = await model.invoke({ messages: [{ role: 'user', content: '${PROMPT}' }] });`,
        'console.log(answer.text);',
      ].join('\n');
    case 'AI SDK':
      return [
        '// npm install ai @ai-sdk/openai-compatible',
        "import { createOpenAICompatible } from '@ai-sdk/openai-compatible';",
        "import { generateText } from 'ai';",
        '',
        `const hub = createOpenAICompatible({ name: 'hub', baseURL: '${hub}/v1', apiKey: ${k} });`,
        `const { text } = await generateText({ model: hub(${m}), prompt: '${PROMPT}' });`,
        'console.log(text);',
      ].join('\n');
    case 'LangChain':
      return [
        '# pip install langchain-openai',
        'from langchain_openai import ChatOpenAI',
        '',
        `model = ChatOpenAI(base_url="${hub}/v1", api_key=${k}, model=${m})`,
        `print(model.invoke("${PROMPT}").content)`,
      ].join('\n');
    case 'Claude Code':
      return [
        `export ANTHROPIC_BASE_URL=${hub}`,
        `export ANTHROPIC_AUTH_TOKEN=${secret}`,
        `export ANTHROPIC_MODEL=${model}`,
        `claude "${PROMPT}"`,
      ].join('\n');
    case 'Codex':
      return [
        `export HUB_KEY=${secret}`,
        'codex \\',
        `  -c model_provider=hub -c model=${m} \\`,
        `  -c 'model_providers.hub={ name = "Hub", base_url = "${hub}/v1", env_key = "HUB_KEY", wire_api = "responses" }' \\`,
        `  "${PROMPT}"`,
      ].join('\n');
  }
}
