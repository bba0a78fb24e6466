import { signal } from '@preact/signals';
import type { AccessTokens } from '../../client/client.ts';
import { ClientError } from '../../client/client-error.ts';
import type {
  ConsoleSession,
  ConsoleSignIn,
  ConsoleToken,
  InvitationJourney,
  ProviderJourney,
  ProviderLocation,
} from '../../wire/console-session.ts';
import { backgroundMark } from './attended.ts';

/** Who is signed in; undefined until the registry has said. */
export const session = signal<ConsoleSession | undefined>(undefined);
/** The session ended while a page was open: the page stays, and asks to sign in again over it. */
export const hasEnded = signal(false);

/** Which of the person's accounts the pages are about. */
export const account = signal<string>('');

const HEADERS = { 'Content-Type': 'application/json', 'X-Tidegate-Console': '1' };

/** Tells the other tabs of this browser that the session began or ended. */
const tabs = globalThis.BroadcastChannel && new BroadcastChannel('tidegate-session');

const ask = async (method: string, path: string, body?: object): Promise<Response> => {
  try {
    return await fetch(`/console/session${path}`, {
      method,
      headers: { ...HEADERS, ...backgroundMark() },
      cache: 'no-store',
      redirect: 'error',
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  } catch (error) {
    throw new ClientError('UNREACHABLE', 'The registry does not answer.', { cause: error });
  }
};

const refused = async (response: Response): Promise<ClientError> => {
  const told = (await response.json().catch(() => undefined)) as
    | { code?: string; message?: string }
    | undefined;
  const requestId = response.headers.get('x-request-id') ?? undefined;
  return new ClientError(told?.code ?? 'UNEXPECTED_ANSWER', told?.message ?? `status ${response.status}`, {
    status: response.status,
    ...(requestId === undefined ? {} : { requestId }),
  });
};

/** Asks who is signed in. Without a session the answer is a success too: a first visit leaves no error behind. */
export const readSession = async (): Promise<void> => {
  const response = await ask('GET', '');
  if (!response.ok) throw await refused(response);
  take((await response.json()) as ConsoleSession);
};

/** Where a tab keeps the account that was chosen in it, as long as it is open. */
const CHOSEN = 'tidegate-account';

/** The pages stay about their account. At first it is the one that was chosen, or else the one that the person signed in to. */
const take = (next: ConsoleSession): void => {
  const wanted = account.value || sessionStorage.getItem(CHOSEN);
  const chosen = next.accounts?.find(({ id }) => id === wanted);
  account.value = (chosen ?? next.account)?.id ?? '';
  session.value = next;
};

/** Signs in, and takes up where the reader was. What one person had open in one account, no other person and account gets. */
export const signIn = async (given: ConsoleSignIn): Promise<void> => {
  const isFirst = session.value?.user === undefined;
  const response = await ask('POST', '', given);
  if (!response.ok) throw await refused(response);
  const next = (await response.json()) as ConsoleSession;
  tabs?.postMessage('signed-in');
  if (!isFirst && !isOfSame(next)) return location.assign('/console/');
  goOn(next);
};

/** The same person, who may still act in the account that the pages are about: what was begun can go on. */
const isOfSame = ({ user, accounts = [] }: ConsoleSession): boolean =>
  user !== undefined &&
  user.iam_id === session.value?.user?.iam_id &&
  accounts.some(({ id }) => id === account.value);

/** The pages take up what waited for the sign-in. */
const goOn = (next: ConsoleSession): void => {
  token = undefined;
  take(next);
  hasEnded.value = false;
  for (const go of waiting.splice(0)) go();
};

/** Someone signed in in another tab. The same person goes on here, with what was typed; for another the console begins again. */
const followOtherTab = async (): Promise<void> => {
  const response = await ask('GET', '').catch(() => undefined);
  const next = response?.ok ? ((await response.json()) as ConsoleSession) : undefined;
  if (next && isOfSame(next)) goOn(next);
  else location.reload();
};

/** Begins a way to an identity provider with a purpose, and goes there. */
export const travel = async (
  purpose: 'link' | 'invitation',
  given: ProviderJourney | InvitationJourney,
): Promise<void> => {
  const response = await ask('POST', `/${purpose}`, given);
  if (!response.ok) throw await refused(response);
  location.assign(((await response.json()) as ProviderLocation).location);
};

/** Ends the session on the server, here and in the other tabs. */
export const signOut = async (): Promise<void> => {
  const response = await ask('DELETE', '');
  if (!response.ok && response.status !== 401) throw await refused(response);
  tabs?.postMessage('signed-out');
  location.assign('/console/');
};

/**
 * The console begins again with the other account: what is still asked for the one before ends with its page, and never
 * comes with a token of the other.
 */
export const chooseAccount = (id: string): void => {
  sessionStorage.setItem(CHOSEN, id);
  location.reload();
};

/** The access token is in this variable alone: neither in storage, nor in an address, nor in the document. */
let token: { readonly value: string; readonly until: number } | undefined;
let renewing: Promise<string> | undefined;
const waiting: (() => void)[] = [];

const EARLY = 30_000;

const renew = async (): Promise<string> => {
  const response = await ask('POST', '/token', { account: account.value });
  if (response.status === 401) {
    hasEnded.value = true;
    // the request waits: it goes on where the reader signs in again
    await new Promise<void>((go) => waiting.push(go));
    return renew();
  }
  if (!response.ok) throw await refused(response);
  const { access_token: value, expires_in: seconds } = (await response.json()) as ConsoleToken;
  token = { value, until: Date.now() + seconds * 1000 - EARLY };
  return value;
};

const renewed = (): Promise<string> => {
  renewing ??= renew().finally(() => {
    renewing = undefined;
  });
  return renewing;
};

/** The session's cookie, traded for a short access token. */
export const accessTokens: AccessTokens = {
  current: async () => (token && token.until > Date.now() ? token.value : renewed()),
  renew: async (old) => (token && token.value !== old ? token.value : renewed()),
};

if (globalThis.document) {
  tabs?.addEventListener('message', ({ data }) => {
    if (data === 'signed-in') void followOtherTab();
    else location.reload();
  });
  // a page that comes back from the cache of the browser may show what its reader has signed out of
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
  });
}
