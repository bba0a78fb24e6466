/** What verification found. Faults are what it cannot explain; the others say what it explains. */
export type Finding = EventFault | BlockFault | CheckpointFault | Explained;

export interface EventFault {
  /**
   * `changed`: another content than was sealed. `removed`: nothing is left of it. `inserted`: it was never sealed under its number.
   * `reordered`: it was sealed under another number (`sealedAs`).
   */
  readonly kind: 'changed' | 'removed' | 'inserted' | 'reordered';
  readonly number: number;
  /** Of the event that is there now. */
  readonly id?: string | undefined;
  readonly sealedAs?: number | undefined;
}

export interface BlockFault {
  /** `unsealed`: numbers that were given out and stand in no block. */
  readonly kind: 'block' | 'unsealed';
  readonly block: number;
  /** Numbers of the events it is about. */
  readonly first: number;
  readonly last: number;
  readonly reason: string;
}

export interface CheckpointFault {
  readonly kind: 'checkpoint';
  readonly reason: string;
}

export interface Explained {
  /**
   * `retention`: events whose time was over. `restored`: another origin begins behind a restore. `retired`: blocks whose key was
   * retired. `agrees`: up to here the checkpoint from elsewhere proves everything.
   */
  readonly kind: 'retention' | 'restored' | 'retired' | 'agrees';
  readonly block: number;
  readonly first: number;
  readonly last: number;
  readonly reason: string;
}

/** How far it has come. */
export interface Progress {
  readonly kind: 'progress' | 'end';
  readonly blocks: number;
  /** Events that are as they were sealed; events that retention removed. */
  readonly verified: number;
  readonly gone: number;
  readonly faults: number;
  /** Faults beyond those that are named. */
  readonly more: number;
  /** The number up to which events are sealed, and that of the last event there is. */
  readonly sealed: number;
  readonly last: number;
}

export type Verified = Finding | Progress;

export const isFault = ({ kind }: Finding): boolean =>
  !['retention', 'restored', 'retired', 'agrees'].includes(kind);
