import { Explanations } from '../../wire/explain.ts';
import { api } from './client.ts';
import { session } from './session.ts';

/** A question about the person who is signed in: IBM's name of an action, and where. */
export interface Question {
  readonly action: string;
  readonly namespace?: string;
  readonly repository?: string;
  /** An IAM entity, as policies name it. */
  readonly entity?:
    | {
        readonly type: 'user' | 'serviceid' | 'profile' | 'access-group' | 'resource-group';
        readonly id: string;
      }
    | undefined;
}

export interface Right {
  readonly isAllowed: boolean;
  readonly because: string;
}

/** Asks several at once; the answers are in the order of the questions. */
export const askRights = async (questions: readonly Question[]): Promise<Right[]> => {
  const iamId = session.value?.user?.iam_id ?? '';
  const { body } = await api.send({
    method: 'POST',
    path: '/v1/explain',
    json: {
      questions: questions.map(({ action, ...resource }) => ({
        iam_id: iamId,
        type: 'user',
        action,
        resource,
      })),
    },
    answer: Explanations,
  });
  return body.explanations.map(({ allowed, because }) => ({ isAllowed: allowed, because }));
};
