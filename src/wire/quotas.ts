/** Quotas and plans of an account in a region, /api/v1. Source: IBM Container Registry API, `Quotas` and `Plans`. */
import { type Static, Type } from 'typebox';

const Bytes = Type.Object({
  storage_bytes: Type.Integer({ description: 'As a limit -1 means none' }),
  traffic_bytes: Type.Integer({ description: 'Of this month, UTC; as a limit -1 means none' }),
});

export const Quota = Type.Object({ limit: Bytes, usage: Bytes });
export type Quota = Static<typeof Quota>;

/** A megabyte has 1048576 bytes; -1 takes a limit off; what is absent stays as it is. */
export const QuotaPatch = Type.Object({
  storage_megabytes: Type.Optional(Type.Integer({ minimum: -1, maximum: 1_000_000_000 })),
  traffic_megabytes: Type.Optional(Type.Integer({ minimum: -1, maximum: 1_000_000_000 })),
});
export type QuotaPatch = Static<typeof QuotaPatch>;

const Most = Type.Integer({ minimum: -1, maximum: 1_000_000_000 });

/** What the operator lets an account have, in megabytes of 1048576 bytes; -1: as much as it likes. */
export const AccountQuotaSet = Type.Object({ storage_megabytes: Most, traffic_megabytes: Most });
export type AccountQuotaSet = Static<typeof AccountQuotaSet>;

/** The same, with the limits that hold for the account, and its usage. */
export const AccountQuota = Type.Object({
  storage_megabytes: Type.Integer({ description: '-1: as much as the account likes' }),
  traffic_megabytes: Type.Integer({ description: '-1: as much as the account likes' }),
  limit: Bytes,
  usage: Bytes,
});
export type AccountQuota = Static<typeof AccountQuota>;

/** Free has 512 MB of storage and 5 GB of traffic in a month, which no limit can raise. */
export const Plan = Type.Object({ plan: Type.Union([Type.Literal('Standard'), Type.Literal('Free')]) });
export type Plan = Static<typeof Plan>;
