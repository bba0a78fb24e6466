import { firstEntityTag } from '../../entity-tag.ts';
import type { StoredSettings as KeptSettings } from '../identities.ts';

/** What this room keeps of an account's settings. */
export type AccessArea = Extract<KeptSettings['area'], 'access_groups' | 'access_management'>;

/** Fields that were never set are absent of the document; settings that were never changed have no time and no author. */
export type StoredSettings = Pick<KeptSettings, 'document' | 'entityTag'> &
  Partial<Pick<KeptSettings, 'modifiedAt' | 'modifiedBy'>>;

/** Settings that were never changed. */
export const UNCHANGED: StoredSettings = { document: {}, entityTag: firstEntityTag('0'.repeat(32)) };

/** Whether the account's group Public Access counts: it does until it is switched off. */
export const isPublicAccessOn = (settings: StoredSettings | undefined): boolean =>
  settings?.document.public_access_enabled !== false;
