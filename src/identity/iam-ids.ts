import { randomUUID } from 'node:crypto';

/** How IAM ids are spelt. Only for writing and reading ids: what an identity *is* stands in its row. */
export const iamIdOfServiceId = (id: string): string => `iam-${id}`;
export const iamIdOfProfile = (id: string): string => `iam-${id}`;

/** The entity id an iam_id of a service ID or profile is made of: `iam-ServiceId-…` → `ServiceId-…`. */
export const entityIdOf = (iamId: string): string => (iamId.startsWith('iam-') ? iamId.slice(4) : iamId);

/** The iam_id of a new user, in IBM's form. */
export const newIamId = (): string => `IBMid-${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`;
