/**
 * Writes one event of a stream: https://html.spec.whatwg.org/multipage/server-sent-events.html
 * The data is JSON text that was just written, in which no line break can stand; the event's name is ours.
 */
export function sseEvent(data: object, event?: string): string {
  const text = JSON.stringify(data);
  return event === undefined ? `data: ${text}\n\n` : `event: ${event}\ndata: ${text}\n\n`;
}
