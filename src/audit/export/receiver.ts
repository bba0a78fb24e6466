import type { AuditedEvent } from '../events/room.ts';

/** What exported events are given to. One is opened for some pages of events, and closed behind them. */
export interface Receiver {
  /** The last number it has by its own knowledge; undefined where it does not know. */
  readonly has: number | undefined;
  /** Takes events, in their order; it answers once it can take more. */
  take(events: readonly AuditedEvent[]): Promise<void>;
  /** Answers once all that it took is kept there, or is known to have arrived. */
  finish(): Promise<void>;
  /** Lets it go, whatever the state. */
  close(): Promise<void>;
}

/** An event as JSON, in the form of the API. */
export type Form = (event: AuditedEvent) => object;
