import type { HookEvent } from '../outbox/event.ts';

/**
 * `pending`: it waits for its first or next try. `delivered`. `failed`: every try failed. `dropped`: it is not sent any
 * more, as its hook was switched off or the installation restored.
 */
export type DeliveryState = 'pending' | 'delivered' | 'failed' | 'dropped';

/** One event on its way to one hook. */
export interface Delivery {
  readonly id: string;
  readonly hookId: string;
  readonly event: HookEvent;
  readonly state: DeliveryState;
  /** Tries since it was made, or since it was asked for again. */
  readonly attempts: number;
  /** When it is tried next, while it is pending. */
  readonly nextAt: number | undefined;
  readonly lastAt: number | undefined;
  /** The HTTP status of the last answer. */
  readonly lastStatus: number | undefined;
  /** Why the last try failed, in the server's own words: never what the receiver said. */
  readonly lastError: string | undefined;
  /** Milliseconds the last try took. */
  readonly lastMs: number | undefined;
  readonly createdAt: number;
  /** When it was last asked for again. */
  readonly redeliveredAt: number | undefined;
}

export interface DeliveryPage {
  /** Newest first. */
  readonly deliveries: readonly Delivery[];
  /** The id behind which the next page begins; undefined after the last one. */
  readonly next: string | undefined;
}

/** When a delivery is tried, counted from the try before: milliseconds. Source: Standard Webhooks 1.0. */
export const RETRY_AFTER = [
  0,
  5_000,
  5 * 60_000,
  30 * 60_000,
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * 3_600_000),
] as const;
