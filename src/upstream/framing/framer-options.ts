/** How much of a stream is held for one message. */
export type FramerOptions = {
  /** The longest message, in bytes; `FRAME_BYTES_MAX` where it is not said. */
  readonly frameBytesMax?: number | undefined;
};

/** A tool call or a reasoning block in one piece stays well below. */
export const FRAME_BYTES_MAX = 1024 * 1024;
/** For streams that may bring pictures or sound, whole and in base64. */
export const MEDIA_FRAME_BYTES_MAX = 32 * 1024 * 1024;
