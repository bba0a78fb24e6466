import { computed, effect, signal } from '@preact/signals';
import { askRights, type Question, type Right } from './questions.ts';
import { account, session } from './session.ts';

/** What was answered, by question. It is asked again when the account changes, and after a minute. */
const known = signal<ReadonlyMap<string, Right>>(new Map());
const waiting = new Map<string, Question>();
/** Answers that are asked for again when they are read; until then they hold. */
const old = new Set<string>();
let isAsking = false;

const MOST = 50;
const MINUTE = 60_000;

const keyOf = ({
  action,
  namespace = '',
  repository = '',
  entity,
  policy = '',
  anywhere,
}: Question): string =>
  `${action} ${namespace} ${repository} ${entity ? `${entity.type} ${entity.id}` : ''} ${policy} ${anywhere ?? ''}`;

const ask = async (): Promise<void> => {
  isAsking = true;
  // questions of one page are asked together
  await Promise.resolve();
  while (waiting.size > 0) {
    const asked = [...waiting].slice(0, MOST);
    for (const [key] of asked) {
      waiting.delete(key);
      old.delete(key);
    }
    const answers = await askRights(asked.map(([, question]) => question)).catch(() => undefined);
    if (!answers) break;
    known.value = new Map([
      ...known.value,
      ...asked.map(([key], index) => [key, answers[index] ?? NO_RIGHT] as const),
    ]);
  }
  isAsking = false;
};

const NO_RIGHT: Right = { isAllowed: false, because: '' };

/** The pages are about the account whose owner runs the installation. */
export const isOperating = (): boolean =>
  session.value?.accounts?.some(({ id, operates }) => operates && id === account.value) ?? false;

/** Whether the person may do something; undefined while it is not known. Read inside a component, it follows the answer. */
export const mayDo = (question: Question): Right | undefined => {
  // a policy of another account gives them too, and does nothing there
  if (question.action.startsWith('tidegate.') && !isOperating()) return NO_RIGHT;
  const key = keyOf(question);
  const right = known.value.get(key);
  if ((!right || old.has(key)) && !waiting.has(key) && session.value?.user) {
    waiting.set(key, question);
    if (!isAsking) void ask();
  }
  return right;
};

/** Asks again what was known: rights change while a page is open. What is shown stays until the answer. */
export const askAgain = (): void => {
  for (const key of known.value.keys()) old.add(key);
  known.value = new Map(known.value);
};

/** Of another account or person nothing is known. */
const forgetRights = (): void => {
  old.clear();
  known.value = new Map();
};

const whose = computed(() => `${account.value} ${session.value?.user?.iam_id}`);

if (globalThis.document) {
  effect(() => {
    void whose.value;
    forgetRights();
  });
  setInterval(() => {
    if (!document.hidden) askAgain();
  }, MINUTE);
}
