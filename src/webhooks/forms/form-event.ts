/** What the forms tell of an event. */
export interface FormEvent {
  readonly id: string;
  readonly type: FormEventType;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly accountId: string;
  readonly region: string;
  /** `https://host[:port]`: where the registry of the region answers. */
  readonly address: string;
  readonly namespace?: string | undefined;
  /** `namespace/repository`. */
  readonly repository?: string | undefined;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
  /** What the tag stood for before. */
  readonly previousDigest?: string | undefined;
  readonly mediaType?: string | undefined;
  readonly size?: number | undefined;
  /** What the one who did it is called. */
  readonly actor?: string | undefined;
  /** How many pulls are told in one event. */
  readonly pulls?: number | undefined;
  /** What events without an image are about. */
  readonly detail?: Readonly<Record<string, string | number>> | undefined;
}

export type FormEventType =
  | 'image.pushed'
  | 'image.pulled'
  | 'image.deleted'
  | 'tag.changed'
  | 'quota.warning'
  | 'key.expiring'
  | 'key.leaked'
  | 'backup.failed'
  | 'collection.failed'
  | 'webhook.test';
