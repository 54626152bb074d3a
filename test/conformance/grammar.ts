import { assertNever } from '../../src/kernel/assert.ts';
import type { ChatEvent } from '../../src/protocol/chat-events.ts';

type Place = {
  started: boolean;
  ended: boolean;
  readonly open: Map<number, { readonly choice: number; readonly kind: string }>;
  readonly seen: Set<number>;
  readonly begun: Set<number>;
  readonly choicesEnded: Set<number>;
};

/**
 * The rule of protocol/chat-events.ts that these events break, in words; `undefined` where they are one whole answer:
 * `start`, blocks, an end for each choice that was begun, and exactly one of `finish` and `fault` as the last.
 */
export function brokenRule(events: readonly ChatEvent[]): string | undefined {
  const place: Place = {
    started: false,
    ended: false,
    open: new Map(),
    seen: new Set(),
    begun: new Set(),
    choicesEnded: new Set(),
  };
  for (const [index, event] of events.entries()) {
    const broken = place.ended ? 'nothing comes after the end' : step(place, event);
    if (broken !== undefined) return `event ${index} (${event.type}): ${broken}`;
  }
  return place.ended ? undefined : 'the answer has neither `finish` nor `fault`';
}

function step(place: Place, event: ChatEvent): string | undefined {
  if (event.type === 'start') {
    if (place.started) return 'there is one start';
    place.started = true;
    return undefined;
  }
  if (event.type === 'fault') {
    place.ended = true;
    return undefined;
  }
  if (!place.started) return 'the answer has not started';
  switch (event.type) {
    case 'block-start':
      return startBlock(place, event);
    case 'block-delta':
      if (event.text === '') return 'a delta is never empty';
      return withinBlock(place, event.block);
    case 'block-transcript':
    case 'block-opaque':
    case 'block-citation':
    case 'block-logprobs':
      return withinBlock(place, event.block);
    case 'block-end': {
      const broken = withinBlock(place, event.block);
      place.open.delete(event.block);
      return broken;
    }
    case 'choice-end':
      return endChoice(place, event.choice);
    case 'usage':
    case 'loss':
      return undefined;
    case 'finish':
      return finish(place);
    default:
      return assertNever(event);
  }
}

function startBlock(place: Place, event: Extract<ChatEvent, { readonly type: 'block-start' }>): string | undefined {
  if (place.seen.has(event.block)) return `block ${event.block} began before`;
  if (place.choicesEnded.has(event.choice)) return `choice ${event.choice} has ended`;
  place.seen.add(event.block);
  place.begun.add(event.choice);
  place.open.set(event.block, { choice: event.choice, kind: event.head.kind });
  return undefined;
}

function withinBlock(place: Place, block: number): string | undefined {
  return place.open.has(block) ? undefined : `block ${block} is not open`;
}

function endChoice(place: Place, choice: number): string | undefined {
  if (place.choicesEnded.has(choice)) return `choice ${choice} ended before`;
  const open = [...place.open].filter(([, block]) => block.choice === choice).map(([block]) => block);
  if (open.length > 0) return `blocks ${open.join(', ')} of choice ${choice} are open`;
  place.choicesEnded.add(choice);
  return undefined;
}

function finish(place: Place): string | undefined {
  place.ended = true;
  if (place.open.size > 0) return `blocks ${[...place.open.keys()].join(', ')} are open`;
  const unended = [...place.begun].filter((choice) => !place.choicesEnded.has(choice));
  if (unended.length > 0) return `choices ${unended.join(', ')} have no end`;
  return place.choicesEnded.size === 0 ? 'no choice has ended' : undefined;
}
