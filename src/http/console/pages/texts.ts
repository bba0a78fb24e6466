const ENGLISH = {
  language: 'en',
  landing: 'Tidegate',
  landingText: 'This is Tidegate, a container registry.',
  signedInAs: 'You are signed in.',
  signIn: 'Sign in',
  signInText: 'Sign in to go on.',
  signInWith: 'Sign in with',
  noProvider:
    'This registry has no identity provider for people. Log in on the command line with an API key or a password.',
  person: 'Signed in as',
  account: 'Account',
  device: 'Log in on another machine',
  deviceText: 'Type the code that the other machine shows.',
  code: 'Code',
  goOn: 'Continue',
  asks: 'A login is waiting',
  asksText: 'A program asks to be logged in as you. It can then do all that you can do.',
  onlyYours:
    'Allow it only if you have begun this login yourself, just now, and the code is the one on your machine. No support person ever asks you to allow a login.',
  onlyYoursHere: 'Allow it only if you have begun this login yourself, just now, on this machine.',
  program: 'Program',
  machine: 'Machine',
  address: 'Address',
  begun: 'Begun',
  unknown: 'not told',
  elsewhere: 'The login was begun from another address than this browser has.',
  commandLine: 'Tidegate command line',
  allow: 'Allow',
  deny: 'Refuse',
  allowed: 'The login is allowed',
  allowedText: 'Go back to the other machine. You can close this page.',
  denied: 'The login is refused',
  deniedText: 'Nothing was logged in. You can close this page.',
  authorize: 'Log in the command line',
  authorizeText: 'The command line on this machine asks to be logged in as you.',
  passcode: 'One-time code',
  passcodeText: 'A one-time code logs the command line in as you. It works once, for five minutes.',
  makePasscode: 'Make a code',
  passcodeMade: 'Your one-time code',
  passcodeUse: 'Type it where the command line asks for it. Show it to no other person.',
  failed: 'This did not work',
  mistyped: 'No login waits for this code: it was mistyped, was used, or has expired.',
  tooMany: 'Too many wrong codes. Wait a few minutes.',
  otherSite: 'This form was not sent by this page. Open the page again.',
};

export type Texts = typeof ENGLISH;

const KOREAN: Texts = {
  language: 'ko',
  landing: 'Tidegate',
  landingText: '컨테이너 레지스트리 Tidegate입니다.',
  signedInAs: '로그인되어 있습니다.',
  signIn: '로그인',
  signInText: '계속하려면 로그인하세요.',
  signInWith: '다음으로 로그인:',
  noProvider:
    '이 레지스트리에는 사람을 위한 ID 공급자가 없습니다. 명령줄에서 API 키나 비밀번호로 로그인하세요.',
  person: '사용자',
  account: '계정',
  device: '다른 컴퓨터에서 로그인',
  deviceText: '다른 컴퓨터에 표시된 코드를 입력하세요.',
  code: '코드',
  goOn: '계속',
  asks: '로그인 요청이 있습니다',
  asksText:
    '어떤 프로그램이 사용자의 이름으로 로그인하려고 합니다. 허용하면 사용자가 할 수 있는 모든 일을 할 수 있습니다.',
  onlyYours:
    '방금 직접 시작한 로그인이고 코드가 해당 컴퓨터에 표시된 것과 같을 때만 허용하세요. 지원 담당자는 로그인을 허용해 달라고 요청하지 않습니다.',
  onlyYoursHere: '방금 이 컴퓨터에서 직접 시작한 로그인일 때만 허용하세요.',
  program: '프로그램',
  machine: '컴퓨터',
  address: '주소',
  begun: '시작한 시각',
  unknown: '알 수 없음',
  elsewhere: '이 브라우저와 다른 주소에서 시작된 로그인입니다.',
  commandLine: 'Tidegate 명령줄',
  allow: '허용',
  deny: '거부',
  allowed: '로그인을 허용했습니다',
  allowedText: '다른 컴퓨터로 돌아가세요. 이 페이지는 닫아도 됩니다.',
  denied: '로그인을 거부했습니다',
  deniedText: '로그인하지 않았습니다. 이 페이지는 닫아도 됩니다.',
  authorize: '명령줄 로그인',
  authorizeText: '이 컴퓨터의 명령줄이 사용자의 이름으로 로그인하려고 합니다.',
  passcode: '일회용 코드',
  passcodeText:
    '일회용 코드를 사용하면 명령줄이 사용자의 이름으로 로그인합니다. 5분 동안 한 번만 사용할 수 있습니다.',
  makePasscode: '코드 만들기',
  passcodeMade: '일회용 코드',
  passcodeUse: '명령줄에서 코드를 물으면 입력하세요. 다른 사람에게 보여 주지 마세요.',
  failed: '처리하지 못했습니다',
  mistyped: '이 코드로 기다리는 로그인이 없습니다. 잘못 입력했거나, 이미 사용했거나, 만료된 코드입니다.',
  tooMany: '잘못된 코드를 너무 많이 입력했습니다. 몇 분 뒤에 다시 시도하세요.',
  otherSite: '이 페이지에서 보낸 양식이 아닙니다. 페이지를 다시 여세요.',
};

/** Korean where the browser asks for it before English, else English. */
export const textsFor = (acceptLanguage: string | undefined): Texts => {
  for (const range of (acceptLanguage ?? '').slice(0, 200).split(',')) {
    const language = range.trim().slice(0, 2).toLowerCase();
    if (language === 'ko') return KOREAN;
    if (language === 'en') return ENGLISH;
  }
  return ENGLISH;
};
