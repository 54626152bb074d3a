import type { CallableModel } from '../../app/callable.ts';
import { isObject, type JsonObject, readJson } from './json-text.ts';

export const EFFORTS = ['', 'minimal', 'low', 'medium', 'high'] as const;

/** A function as it is being written. */
export type ToolDraft = {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  /** JSON Schema of its arguments, as text. */
  readonly schema: string;
};

/** What a model is told beside the conversation, as it is being written; an empty text is not sent. */
export type Settings = {
  readonly system: string;
  readonly temperature: string;
  readonly topP: string;
  readonly maxTokens: string;
  readonly seed: string;
  /** One a line. */
  readonly stop: string;
  readonly effort: (typeof EFFORTS)[number];
  readonly tools: readonly ToolDraft[];
  /** JSON Schema that the answer is to fit, as text. */
  readonly schema: string;
  readonly isStrict: boolean;
};

export const PLAIN: Settings = {
  system: '',
  temperature: '',
  topP: '',
  maxTokens: '',
  seed: '',
  stop: '',
  effort: '',
  tools: [],
  schema: '',
  isStrict: true,
};

export type Parameter = CallableModel['parameters'][number];

/** https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools */
const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/;

export function isToolName(name: string): boolean {
  return TOOL_NAME.test(name);
}

/** A schema as it was written; `undefined` where it is no JSON object. */
export function readSchema(text: string): JsonObject | undefined {
  const schema = readJson(text);
  return isObject(schema) ? schema : undefined;
}

/** Whether everything that is written can be sent. */
export function canBeSent({ tools, schema }: Settings): boolean {
  const areTools = tools.every((tool) => isToolName(tool.name) && readSchema(tool.schema) !== undefined);
  const areApart = new Set(tools.map(({ name }) => name)).size === tools.length;
  return areTools && areApart && (schema.trim() === '' || readSchema(schema) !== undefined);
}
