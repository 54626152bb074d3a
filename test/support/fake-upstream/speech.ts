import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '../../../src/kernel/json.ts';
import type { FakeAnswer, FakeUsage } from './answers.ts';
import type { Behaviour } from './behaviour.ts';
import type { FakePrompt } from './prompt.ts';

/** Pieces in which the arguments of a tool call are streamed. */
const TOOL_ARGUMENT_PIECE_CHARACTERS = 7;

/** A request as it arrived, before anybody knows what it asks. */
export type Arrived = {
  readonly method: string;
  /** Without the query, as it stood on the wire. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: JsonObject;
};

/** What a request asks for, read from its address and body. */
export type Question = {
  readonly operation: 'chat' | 'completions' | 'embeddings' | 'count-tokens' | 'models';
  readonly model: string | undefined;
  readonly streamed: boolean;
};

/** What a provider tells a caller whose request it does not take. */
export type Refusal = {
  readonly status: number;
  readonly message: string;
  readonly param?: string | undefined;
  readonly code?: string | undefined;
};

export type ErrorAnswer = { readonly headers: Readonly<Record<string, string>>; readonly text: string };

/** All that is needed to write an answer. */
export type AnswerInput = {
  readonly question: Question;
  readonly model: string;
  readonly createdSeconds: number;
  readonly answer: FakeAnswer;
  readonly behaviour: Behaviour;
  readonly body: JsonObject;
};

/** A stream in its pieces: what may be cut, ended without its end, or broken off with an error. */
export type FakeStream = {
  readonly events: readonly (string | Buffer)[];
  readonly terminator: readonly (string | Buffer)[];
  readonly error: string | Buffer;
};

/** One wire format as a provider speaks it. */
export type Speech = {
  readonly name: string;
  /** `undefined` where the address is not one of this format. */
  readonly read: (arrived: Arrived) => Question | undefined;
  readonly credentialOf: (arrived: Arrived) => string | undefined;
  /** Why a request is refused, as the real provider would. `strict` is told for formats that many servers copy. */
  readonly refuse: (question: Question, arrived: Arrived, strict: boolean) => Refusal | undefined;
  /** An answer's id, out of the part that tells answers apart. */
  readonly idOf: (question: Question, idPart: string) => string;
  readonly prompt: (question: Question, body: JsonObject) => FakePrompt;
  readonly whole: (input: AnswerInput) => string;
  readonly stream: (input: AnswerInput) => FakeStream;
  readonly streamType: string;
  readonly error: (refusal: Refusal) => ErrorAnswer;
  /** The error of each status, for a model that was told to answer it. */
  readonly usualError: (status: number) => Refusal;
  readonly models: (models: readonly string[], arrived: Arrived) => string;
  readonly embeddings?: (body: JsonObject, model: string) => { readonly text: string; readonly usage: FakeUsage };
  readonly countTokens?: (tokens: number) => string;
};

/** Writes one event of a stream with the line ends that the behaviour wants. */
export function sse(data: string, behaviour: Behaviour, event?: string): string {
  const end = behaviour.lineEnd ?? '\n';
  return `${event === undefined ? '' : `event: ${event}${end}`}data: ${data}${end}${end}`;
}

/** A text in pieces of a few characters, as models stream it. */
export function piecesOf(text: string): string[] {
  const characters = Array.from(text);
  const pieces: string[] = [];
  for (let start = 0; start < characters.length; start += TOOL_ARGUMENT_PIECE_CHARACTERS) {
    pieces.push(characters.slice(start, start + TOOL_ARGUMENT_PIECE_CHARACTERS).join(''));
  }
  return pieces;
}
