import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { type Decision, describe, type Governing } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import type { Identity } from '../../principal.ts';
import {
  type AskedQuestion,
  ExplainAnswers,
  ExplainQuestions,
  type ShortAnswer,
} from '../../wire/explain.ts';
import type { JsonApp, JsonRequest, RequestHead } from '../json-app.ts';
import { accountOf, principalOf } from '../json-request.ts';
import { mayGovern } from '../may-do.ts';
import {
  actionOf,
  askingAbout,
  EXPLAIN,
  type ExplainParts,
  KINDS,
  placeOf,
  type Rank,
  rankOf,
  regionOf,
  shortTruth,
} from './explain.ts';

/** Questions between two turns of the event loop. */
const AT_ONCE = 5;

/** POST /v1/explain/questions: ours. A console asks once for all the buttons of a page. */
export const explainQuestionRoutes = (app: JsonApp, parts: ExplainParts): void => {
  app.post(
    '/v1/explain/questions',
    {
      schema: {
        summary: 'Whether the caller or others may do these things: a short answer to each question',
        tags: ['access'],
        body: ExplainQuestions,
        response: { 200: ExplainAnswers },
      },
      config: {
        needs: {
          onBody: [
            {
              action: EXPLAIN,
              on: (request) => askingAbout(whoIsAsked(request)),
              saying: () => 'you may ask about yourself; about others an Administrator of the account may',
            },
          ],
        },
      },
    },
    async (request) => {
      const rank = await rankOf(request, parts.access);
      const faults = new Map<string, string | undefined>();
      const faultOf = async (principal: Identity): Promise<string | undefined> => {
        const key = `${principal.kind}/${principal.iamId}`;
        if (!faults.has(key)) faults.set(key, await parts.identity.liveness.principalFault(principal));
        return faults.get(key);
      };
      const answers: ShortAnswer[] = [];
      const work = parts.access.governing(accountOf(request));
      for (const [index, question] of request.body.questions.entries()) {
        const principal = identityOf(question, request);
        const asked = { question, principal, work, fault: await faultOf(principal) };
        answers.push(await answerOf(request, asked, rank, parts));
        if (index % AT_ONCE === AT_ONCE - 1) await turnOfLoop();
      }
      return { answers };
    },
  );
};

/** A policy that the caller may not see is answered as one that does not exist: its scope is not told. */
const governing = async (
  principal: Identity,
  id: string,
  work: Governing,
  { access, policies }: ExplainParts,
): Promise<Decision> => {
  const policy = await policies.find(id);
  const { accountId } = principal;
  const allowed =
    policy?.accountId === accountId && (await mayGovern(access, principal, accountId, [policy.scope], work));
  return {
    allowed,
    because: allowed
      ? 'Administrator over all it reaches'
      : 'Administrator over all that the policy reaches is needed',
  };
};

const identityOf = ({ iam_id: iamId, type }: AskedQuestion, request: RequestHead): Identity => {
  if (iamId === undefined && type === undefined) return principalOf(request);
  if (iamId === undefined || type === undefined)
    throw new RegistryError('BAD_REQUEST', {
      message:
        'A question about another identity names it by iam_id and type; one about yourself by neither.',
    });
  return { kind: KINDS[type], iamId, accountId: accountOf(request) };
};

/** Another identity than the caller, where one is asked about: the right to ask about one is the right to ask about all. */
const whoIsAsked = (request: JsonRequest): Identity => {
  const caller = principalOf(request);
  const { questions } = request.body as ExplainQuestions;
  const asked = questions.map((question) => identityOf(question, request));
  return asked.find(({ iamId }) => iamId !== caller.iamId) ?? caller;
};

interface Asked {
  readonly question: AskedQuestion;
  readonly principal: Identity;
  /** Of all questions of the request. */
  readonly work: Governing;
  readonly fault: string | undefined;
}

const answerOf = async (
  request: RequestHead,
  { question, principal, work, fault }: Asked,
  rank: Rank,
  parts: ExplainParts,
): Promise<ShortAnswer> => {
  const action = actionOf(question.action);
  const { accountId } = principal;
  if (question.anywhere || question.policy !== undefined) {
    const { allowed, because } =
      fault !== undefined
        ? { allowed: false, because: fault }
        : question.policy === undefined
          ? await parts.access.allowsAnywhere(principal, action, accountId)
          : await governing(principal, question.policy, work, parts);
    return { allowed, because, action, resource: question.policy ?? 'anything' };
  }
  const region = regionOf(request, question.resource.region, parts);
  const where = await placeOf(question.resource, principal.accountId, region, parts.namespaces);
  const told = await shortTruth({ principal, action, ...where }, fault, rank, parts.access);
  return { ...told, action, resource: describe(where.resource) };
};
