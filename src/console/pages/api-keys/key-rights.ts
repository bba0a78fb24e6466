import type { ApiKey } from '../../../wire/api-keys.ts';
import type { Question } from '../../session/questions.ts';
import { session } from '../../session/session.ts';
import { entityOf } from './owners.ts';

const serviceIdOf = ({ iam_id: iamId }: ApiKey): string | undefined =>
  iamId.startsWith('iam-ServiceId-') ? iamId.slice('iam-'.length) : undefined;

/** The command of a key, for whoever owns it. */
export const keyCommand =
  (apiKey: ApiKey) =>
  (verb: string): string => {
    const serviceId = serviceIdOf(apiKey);
    return serviceId === undefined
      ? `tidegate iam api-key-${verb} ${apiKey.id}`
      : `tidegate iam service-api-key-${verb} ${apiKey.id} ${serviceId}`;
  };

/** What a right on a key is asked as; on one's own keys there is none to ask for. */
export const keyNeeds = (apiKey: ApiKey, verb: string): Question | undefined =>
  apiKey.iam_id === session.value?.user?.iam_id
    ? undefined
    : { action: `iam-identity.apikey.${verb}`, entity: entityOf(apiKey.iam_id) };
