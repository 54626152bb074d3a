import { asJson, type ChatBody } from '../chat-body.ts';
import { isObject } from '../json-text.ts';
import { aiSdk } from './ai-sdk.ts';
import { aigne } from './aigne.ts';
import { anthropicNode, anthropicPython } from './anthropic.ts';
import { curl, langchain, openaiNode, openaiPython } from './openai.ts';

/** What a program can be written for, as it is called. */
export const SDKS = [
  'curl',
  'OpenAI · Node',
  'OpenAI · Python',
  'Anthropic · Node',
  'Anthropic · Python',
  'AIGNE',
  'AI SDK',
  'LangChain',
] as const;
export type Sdk = (typeof SDKS)[number];

/** A program that asks the same; the secret is the reader's own, in the environment. */
export function codeOf(sdk: Sdk, { hub, body }: { readonly hub: string; readonly body: ChatBody }): string {
  const json = asJson(body);
  const plain = { hub, body: isObject(json) ? json : {} };
  switch (sdk) {
    case 'curl':
      return curl(plain);
    case 'OpenAI · Node':
      return openaiNode(plain);
    case 'OpenAI · Python':
      return openaiPython(plain);
    case 'Anthropic · Node':
      return anthropicNode({ hub, body });
    case 'Anthropic · Python':
      return anthropicPython({ hub, body });
    case 'AIGNE':
      return aigne({ hub, body });
    case 'AI SDK':
      return aiSdk({ hub, body });
    case 'LangChain':
      return langchain(plain);
  }
}
