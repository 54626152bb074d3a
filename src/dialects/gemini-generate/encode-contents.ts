import { assertNever } from '../../kernel/assert.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type {
  ChatMessage,
  ForeignPart,
  InputPart,
  Opaque,
  OutputPart,
  TextPart,
  ToolCallPart,
} from '../../protocol/chat-parts.ts';
import { parseArguments } from '../exact-json.ts';
import type { Losses } from '../losses.ts';
import { encodeAudio, encodeFile, encodeImage } from './media.ts';
import type { ModelRules } from './model-rules.ts';
import { GEMINI, NO_SIGNATURE } from './name.ts';

/** What a function's result may hold beside text: https://ai.google.dev/gemini-api/docs/function-calling#multimodal */
const TYPES_IN_RESULTS: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/webp',
  'application/pdf',
  'text/plain',
]);
const UNCACHED = 'the provider itself decides what it caches';

/** One turn as it grows. Results of functions stand apart from what the person says next. */
type Turn = { readonly of: 'user' | 'model' | 'results'; readonly parts: JsonObject[]; readonly media: JsonObject[] };

type Encoding = {
  readonly rules: ModelRules;
  readonly losses: Losses;
  readonly turns: Turn[];
  readonly instructions: JsonObject[];
  /** Names of the functions called so far, by the call's id: a result has to name its function. */
  readonly names: Map<string, string>;
};

/** The conversation: https://ai.google.dev/api/caching#Content */
export function encodeContents(
  messages: readonly ChatMessage[],
  rules: ModelRules,
  losses: Losses,
): { readonly contents: readonly JsonObject[]; readonly systemInstruction: JsonObject | undefined } {
  const encoding: Encoding = { rules, losses, turns: [], instructions: [], names: new Map() };
  for (const message of messages) encodeMessage(message, encoding);
  const { turns, instructions } = encoding;
  const contents = turns.map(({ of, parts, media }) => ({
    role: of === 'model' ? 'model' : 'user',
    parts: [...parts, ...media],
  }));
  if (instructions.length === 0) return { contents, systemInstruction: undefined };
  if (rules.instructions && contents.length > 0) return { contents, systemInstruction: { parts: instructions } };
  losses.add('messages.system', 'the instructions are told as the person’s own words');
  return { contents: [{ role: 'user', parts: instructions }, ...contents], systemInstruction: undefined };
}

function encodeMessage(message: ChatMessage, encoding: Encoding): void {
  const { losses } = encoding;
  switch (message.role) {
    case 'system':
    case 'developer':
      losses.addIf(message.name, 'messages.name', 'nobody in a conversation has a name');
      encodeInstructions(message.parts, encoding);
      return;
    case 'user':
      losses.addIf(message.name, 'messages.name', 'nobody in a conversation has a name');
      encodeUser(message.parts, encoding);
      return;
    case 'assistant':
      losses.addIf(message.name, 'messages.name', 'nobody in a conversation has a name');
      encodeAssistant(message.parts, encoding);
      return;
    case 'tool':
      encodeResult(message, encoding);
      return;
    default:
      assertNever(message);
  }
}

function encodeInstructions(parts: readonly (TextPart | ForeignPart)[], encoding: Encoding): void {
  if (encoding.turns.length > 0) {
    encoding.losses.add('messages.system', 'instructions stand before the conversation and nowhere within it');
  }
  for (const part of parts) {
    const encoded = encodeInput(part, encoding.losses);
    if (encoded !== undefined) encoding.instructions.push(encoded);
  }
}

function encodeUser(parts: readonly InputPart[], encoding: Encoding): void {
  const encoded = parts.map((part) => encodeInput(part, encoding.losses)).filter((part) => part !== undefined);
  // A turn of nothing but an empty text is the caller's to mend, and the provider's to refuse.
  turnOf('user', encoding).parts.push(...(encoded.length === 0 ? [{ text: '' }] : encoded));
}

/** An empty text says nothing, and is refused beside other parts. */
function encodeInput(part: InputPart, losses: Losses): JsonObject | undefined {
  switch (part.type) {
    case 'text':
      losses.addIf(part.cache, 'messages.cache', UNCACHED);
      return part.text === '' ? undefined : { text: part.text };
    case 'image':
      return encodeImage(part, losses);
    case 'file':
      return encodeFile(part, losses);
    case 'audio':
      return encodeAudio(part);
    case 'foreign':
      return encodeForeign(part, losses);
    default:
      return assertNever(part);
  }
}

function encodeForeign(part: ForeignPart, losses: Losses): JsonObject | undefined {
  if (part.dialect === GEMINI) return part.value;
  losses.add(`messages.${part.kind}`, `it belongs to ${part.dialect}`);
  return undefined;
}

function encodeAssistant(parts: readonly OutputPart[], encoding: Encoding): void {
  const encoded: JsonObject[] = [];
  // One signature, on the first, is enough for calls that stand together.
  let runIsSigned = false;
  for (const part of parts) {
    if (part.type === 'tool-call') {
      encoded.push(encodeCall(part, runIsSigned, encoding));
      runIsSigned = true;
      continue;
    }
    runIsSigned = false;
    const said = encodeSaid(part, encoding.losses);
    if (said !== undefined) encoded.push(said);
  }
  if (encoded.length > 0) turnOf('model', encoding).parts.push(...encoded);
}

function encodeSaid(part: Exclude<OutputPart, ToolCallPart>, losses: Losses): JsonObject | undefined {
  switch (part.type) {
    case 'text': {
      losses.addIf(part.cache, 'messages.cache', UNCACHED);
      losses.addIf(part.citations?.[0], 'messages.citations', 'what was said before is told without its sources');
      const signature = signatureOf(part.opaque, losses);
      return part.text === '' && signature === undefined ? undefined : signed({ text: part.text }, signature);
    }
    case 'reasoning': {
      const signature = signatureOf(part.opaque, losses);
      // A signature of its own comes in a part without text, and goes back as it came.
      if (part.text === '') return signature === undefined ? undefined : signed({ text: '' }, signature);
      return signed({ text: part.text, thought: true }, signature);
    }
    case 'refusal':
      losses.add('messages.refusal', 'a refusal is told as plain text');
      return part.text === '' ? undefined : { text: part.text };
    case 'image':
      return encodeImage(part, losses);
    case 'audio':
      return encodeAudio(part);
    case 'foreign':
      return encodeForeign(part, losses);
    default:
      return assertNever(part);
  }
}

function encodeCall(part: ToolCallPart, runIsSigned: boolean, { rules, losses, names }: Encoding): JsonObject {
  names.set(part.id, part.name);
  losses.addIf(part.cache, 'messages.cache', UNCACHED);
  let signature = signatureOf(part.opaque, losses);
  if (signature === undefined && rules.needsSignatures && !runIsSigned) {
    losses.add('messages.reasoning', 'the call comes without its signature');
    signature = NO_SIGNATURE;
  }
  return signed({ functionCall: { id: part.id, name: part.name, args: argumentsOf(part, losses) } }, signature);
}

/** Arguments are an object; any other text stands as the field `input` of one. */
function argumentsOf(part: ToolCallPart, losses: Losses): JsonObject {
  const parsed = part.kind === 'function' ? parseArguments(part.arguments) : undefined;
  if (parsed !== undefined) return parsed;
  if (part.kind === 'function') losses.add('messages.arguments', 'arguments of a call are a JSON object');
  return { input: part.arguments };
}

function encodeResult(message: Extract<ChatMessage, { role: 'tool' }>, encoding: Encoding): void {
  const { rules, losses, names } = encoding;
  losses.addIf(message.cache, 'messages.cache', UNCACHED);
  // A result of a call that nobody made is the caller's to mend; the id tells what it meant.
  const name = message.name ?? names.get(message.callId) ?? message.callId;
  const texts: string[] = [];
  const within: JsonObject[] = [];
  const beside: JsonObject[] = [];
  for (const part of message.parts) {
    const encoded = encodeInput(part, losses);
    if (encoded === undefined) continue;
    if (typeof encoded['text'] === 'string') texts.push(encoded['text']);
    else if (rules.mediaInResults && fitsInResult(encoded)) within.push(encoded);
    else beside.push(encoded);
  }
  const turn = turnOf('results', encoding);
  turn.parts.push({
    functionResponse: {
      id: message.callId,
      name,
      response: { [message.isError === true ? 'error' : 'output']: texts.join('\n') },
      ...(within.length === 0 ? {} : { parts: within }),
    },
  });
  // What a result cannot hold follows all of them, under the name that it belongs to.
  if (beside.length > 0) turn.media.push({ text: `Result of ${name} (${message.callId}):` }, ...beside);
}

function fitsInResult({ inlineData }: JsonObject): boolean {
  const type = isJsonObject(inlineData) ? inlineData['mimeType'] : undefined;
  return typeof type === 'string' && TYPES_IN_RESULTS.has(type);
}

/** The turn that goes on, or a new one. */
function turnOf(of: Turn['of'], { turns }: Encoding): Turn {
  const last = turns.at(-1);
  if (last?.of === of) return last;
  const turn: Turn = { of, parts: [], media: [] };
  turns.push(turn);
  return turn;
}

function signed(part: JsonObject, thoughtSignature: string | undefined): JsonObject {
  return thoughtSignature === undefined ? part : { ...part, thoughtSignature };
}

function signatureOf(opaque: Opaque | undefined, losses: Losses): string | undefined {
  if (opaque === undefined || opaque.dialect === GEMINI) return opaque?.value;
  losses.add('messages.reasoning', `what is ${opaque.kind} in ${opaque.dialect} can be read there alone`);
  return undefined;
}
