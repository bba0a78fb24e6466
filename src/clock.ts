/** Milliseconds since the epoch. Everything that knows the time is handed a clock, so that tests can move it. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
