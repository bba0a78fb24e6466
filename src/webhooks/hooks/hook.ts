/** The forms that receivers read. `standard` is CloudEvents in the body and Standard Webhooks in the headers. */
export const HOOK_FORMS = ['standard', 'harbor', 'distribution', 'dockerhub'] as const;

export type HookForm = (typeof HOOK_FORMS)[number];

/** What a hook can be told of. */
export const HOOK_EVENTS = [
  'image.pushed',
  'image.pulled',
  'image.deleted',
  'tag.changed',
  'quota.warning',
  'key.expiring',
  'key.leaked',
  'backup.failed',
  'collection.failed',
] as const;

export type HookEventKind = (typeof HOOK_EVENTS)[number];

/**
 * Why a hook is switched off. `asked`: by hand. `gone`: its receiver answered 410. `failing`: nothing arrived for five
 * days. `no-right`: the Administrator who answers for it is none any more.
 */
export type DisabledReason = 'asked' | 'gone' | 'failing' | 'no-right';

export const HOOK_LIMITS = {
  perAccount: 20,
  name: 100,
  description: 500,
  url: 2000,
  /** Deliveries that wait for one hook. */
  pending: 10_000,
  /** How long a secret that was rotated still signs beside the new one, at most and where nothing is said: milliseconds. */
  longestOverlap: 7 * 24 * 3_600_000,
  overlap: 24 * 3_600_000,
} as const;

/** An address that is told of what happens in an account. */
export interface Hook {
  readonly id: string;
  readonly accountId: string;
  /** Undefined: the whole account. A namespace that is made again under the same name is another. */
  readonly namespaceId: string | undefined;
  readonly name: string;
  readonly description: string;
  readonly url: string;
  readonly form: HookForm;
  readonly events: readonly HookEventKind[];
  readonly enabled: boolean;
  readonly disabledReason: DisabledReason | undefined;
  readonly disabledAt: number | undefined;
  /** Since when nothing arrived; undefined where the last delivery did. */
  readonly failingSince: number | undefined;
  /** Its receiver asked for a pause until then. */
  readonly pausedUntil: number | undefined;
  /** Events that were not kept for it, as too many waited. */
  readonly dropped: number;
  /** Until when the secret of before the last rotation signs too. */
  readonly oldSecretUntil: number | undefined;
  readonly entityTag: string;
  readonly createdAt: number;
  /** The iam_id of who made it. */
  readonly createdBy: string;
  readonly modifiedAt: number;
  /**
   * The iam_id of who made it, or changed it last: it is sent in their right. Once they are no Administrator of the account
   * any more it is switched off, until another changes it.
   */
  readonly answeredBy: string;
}

export interface NewHook {
  readonly accountId: string;
  readonly namespaceId: string | undefined;
  readonly name: string;
  readonly description: string;
  readonly url: string;
  readonly form: HookForm;
  readonly events: readonly HookEventKind[];
  /** `whsec_…`; without it one is made. */
  readonly secret: string | undefined;
}

/** What of a hook can be changed. */
export interface HookChanges {
  readonly name?: string;
  readonly description?: string;
  readonly url?: string;
  readonly events?: readonly HookEventKind[];
  readonly enabled?: boolean;
}
