import type { JsonObject } from '../../kernel/json.ts';
import type { MadeAs } from '../../protocol/media.ts';

/** Size and quality as the answer tells them, else as they were asked for: OpenAI's older models say nothing. */
export function madeAs(
  told: { readonly size: string | undefined; readonly quality: string | undefined },
  asked: JsonObject,
): MadeAs {
  return { imageSize: told.size ?? wordOf(asked['size']), imageQuality: told.quality ?? wordOf(asked['quality']) };
}

/** `auto` leaves it to the provider. */
function wordOf(value: JsonObject[string]): string | undefined {
  return typeof value === 'string' && value !== 'auto' ? value : undefined;
}
