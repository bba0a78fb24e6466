import type { HookEventKind } from '../hooks/hook.ts';

/** What happened, as receivers may know it: no address, no credential, nothing a later reader must not see. */
export interface HookEvent {
  /** The same for every try and every redelivery: `webhook-id`. Without dots. */
  readonly id: string;
  readonly accountId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly kind: HookEventKind | 'webhook.test';
  /** The full name, `namespace/repository`. */
  readonly repository?: string;
  readonly namespace?: string;
  /** The name of the region in which the request was made, where it was one. */
  readonly region?: string;
  /** Of image.pushed: the one tag; without it the image was pushed by its digest alone. */
  readonly tag?: string;
  /** What a deletion or a restoration took along: at most 20. */
  readonly tags?: readonly string[];
  /** Of tag.changed: what the tag stands for now; without it the tag was removed. */
  readonly digest?: string;
  /** Of tag.changed: what the tag stood for before. */
  readonly previousDigest?: string;
  /** Where the manifest is still there when the event is taken up. */
  readonly mediaType?: string;
  /** Bytes of the config and the layers, as the manifest states them. */
  readonly size?: number;
  /** How many pulls the event stands for. */
  readonly times?: number;
  /** Of a warning: a sentence, and what it is about. */
  readonly says?: string;
  readonly subject?: string;
  readonly actor: {
    /** What people call them; for what the server does by itself `system`. */
    readonly name: string;
    /** The iam_id. */
    readonly iamId?: string;
  };
}
