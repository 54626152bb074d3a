/** One error of the catalogue. */
export type ErrorEntry = {
  readonly status: number;
  /** Whether the same request may succeed later; `false` is told to SDKs with `x-should-retry: false`. */
  readonly retryable: boolean;
  readonly message: string;
  readonly remedy: string;
};
