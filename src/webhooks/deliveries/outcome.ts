import type { WebhookDeliveryRow } from '../../database/webhook-schema.ts';
import { RETRY_AFTER } from './delivery.ts';

/** What became of a try. */
export interface Tried {
  readonly at: number;
  readonly ms: number;
  readonly status: number | undefined;
  /** In the server's own words; undefined: it arrived. */
  readonly error: string | undefined;
  /** Milliseconds that the receiver asked to wait. */
  readonly retryAfter: number | undefined;
}

/** What it changes: of the delivery, and of its hook. */
export interface Outcome {
  readonly delivery: Partial<WebhookDeliveryRow>;
  readonly result: 'delivered' | 'retried' | 'failed';
  /** Until when nothing is sent to the hook. */
  readonly pausedUntil: number | undefined;
  /** The receiver wants to be told nothing more. */
  readonly isGone: boolean;
}

/** Answers of a receiver that has too much to do, also where they do not say how long; others ask for a pause with Retry-After. */
const BUSY = new Set([429, 502, 504]);
/** It is let alone for so long where it does not say how long. */
const PAUSE = 60_000;
const LONGEST_PAUSE = 24 * 3_600_000;
/** A try comes up to a fifth later: receivers that were down together are not met by everything at once. */
const JITTER = 0.2;

const GONE = 410;

/** Why an answer is no success: only 2xx is. A redirect is not followed, it would lead anywhere. */
export const faultOfStatus = (status: number): string | undefined => {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400)
    return `the receiver answered ${status}: redirects are not followed, give its final address`;
  return `the receiver answered ${status}`;
};

/** `random`: from 0 to 1. */
export const outcomeOf = (attemptsBefore: number, tried: Tried, random: number): Outcome => {
  const { at, ms, status, error, retryAfter } = tried;
  const attempts = attemptsBefore + 1;
  const seen = {
    attempts,
    last_at: at,
    last_ms: Math.round(ms),
    last_status: status ?? null,
    last_error: error ?? null,
  };
  if (error === undefined)
    return {
      delivery: { ...seen, state: 'delivered', next_at: null },
      result: 'delivered',
      pausedUntil: undefined,
      isGone: false,
    };
  const isBusy = retryAfter !== undefined || (status !== undefined && BUSY.has(status));
  const pausedUntil = isBusy ? at + Math.min(retryAfter ?? PAUSE, LONGEST_PAUSE) : undefined;
  const wait = RETRY_AFTER[attempts];
  const isGone = status === GONE;
  if (wait === undefined || isGone)
    return { delivery: { ...seen, state: 'failed', next_at: null }, result: 'failed', pausedUntil, isGone };
  const planned = at + Math.round(wait * (1 + JITTER * random));
  return {
    delivery: { ...seen, next_at: Math.max(planned, pausedUntil ?? 0) },
    result: 'retried',
    pausedUntil,
    isGone,
  };
};
