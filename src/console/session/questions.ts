import { ExplainAnswers } from '../../wire/explain.ts';
import { api } from './client.ts';

/** A question about the person who is signed in: IBM's name of an action, and where. */
export interface Question {
  readonly action: string;
  readonly namespace?: string;
  readonly repository?: string;
  /** All that a policy reaches, by its id: for changing or deleting it. */
  readonly policy?: string;
  /** Anything in the account: for making something whose place is chosen afterwards. */
  readonly anywhere?: true;
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
  const { body } = await api.send({
    method: 'POST',
    path: '/v1/explain/questions',
    json: {
      questions: questions.map(({ action, policy, anywhere, ...resource }) => ({
        action,
        policy,
        anywhere,
        resource,
      })),
    },
    answer: ExplainAnswers,
  });
  return body.answers.map(({ allowed, because }) => ({ isAllowed: allowed, because }));
};
