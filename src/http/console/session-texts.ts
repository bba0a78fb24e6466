import type { ErrorCode } from '../../errors.ts';
import { type Texts, textsFor } from './pages/texts.ts';

const ENGLISH = {
  signedIn: 'You are signed in',
  linked: 'The identity is linked',
  goOn: 'Continue',
  failed: 'You are not signed in',
  goBack: 'Back',
  unknown:
    'This sign-in was finished before, was begun in another browser, or took longer than ten minutes. Sign in again.',
  invalid: 'The answer of the identity provider is not valid. Sign in again.',
  denied: 'The identity provider did not sign you in.',
  stranger:
    'No user of this registry is linked to your identity at the provider. Accept an invitation by signing in with it, or sign in as your user and link it there.',
  unavailable: 'The identity provider does not answer now. Try again, or sign in with an API key.',
  tooMany: 'Too many sign-ins have been begun and not finished. Wait ten minutes.',
  over: 'You were signed out meanwhile, or may not sign in. Sign in again.',
  noAccount: 'You are not an active member of any account. Ask an administrator.',
};

type SignInWords = typeof ENGLISH;

const KOREAN: SignInWords = {
  signedIn: '로그인했습니다',
  linked: 'ID를 연결했습니다',
  goOn: '계속',
  failed: '로그인하지 못했습니다',
  goBack: '뒤로',
  unknown: '이미 끝난 로그인이거나, 다른 브라우저에서 시작했거나, 10분이 지났습니다. 다시 로그인하세요.',
  invalid: 'ID 공급자의 응답이 올바르지 않습니다. 다시 로그인하세요.',
  denied: 'ID 공급자가 로그인을 허용하지 않았습니다.',
  stranger:
    '공급자의 ID에 연결된 사용자가 이 레지스트리에 없습니다. 이 ID로 로그인해 초대를 수락하거나, 기존 사용자로 로그인해 연결하세요.',
  unavailable: 'ID 공급자가 지금 응답하지 않습니다. 다시 시도하거나 API 키로 로그인하세요.',
  tooMany: '시작만 하고 끝내지 않은 로그인이 너무 많습니다. 10분 뒤에 다시 시도하세요.',
  over: '그 사이에 로그아웃되었거나 로그인할 수 없습니다. 다시 로그인하세요.',
  noAccount: '활성 상태로 속한 계정이 없습니다. 관리자에게 문의하세요.',
};

export interface SignInTexts extends SignInWords {
  /** Of every page, with the language. */
  readonly page: Texts;
}

export const signInTexts = (acceptLanguage: string | undefined): SignInTexts => {
  const page = textsFor(acceptLanguage);
  return { ...(page.language === 'ko' ? KOREAN : ENGLISH), page };
};

/** What people can bring about; other refusals say themselves what they are. */
export const failureTexts = (texts: SignInTexts): Partial<Record<ErrorCode, string>> => ({
  SIGN_IN_UNKNOWN: texts.unknown,
  SIGN_IN_INVALID: texts.invalid,
  SIGN_IN_DENIED: texts.denied,
  SIGN_IN_STRANGER: texts.stranger,
  PROVIDER_UNAVAILABLE: texts.unavailable,
  TOOMANYREQUESTS: texts.tooMany,
  CREDENTIAL_INVALID: texts.over,
  ACCOUNT_UNAUTHORIZED: texts.noAccount,
});
