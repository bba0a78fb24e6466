import { inBoth } from '../../text/language.ts';

/** Words about API keys that several pages use. */
export const keyWords = inBoth(
  {
    key: 'API key',
    keys: 'API keys',
    owner: 'Owner',
    active: 'active',
    disabled: 'disabled',
    locked: 'locked',
    unused: 'not used yet',
    create: 'Create an API key',
    empty: 'There is no API key here yet. A key signs in a program or a command line.',
    whenLeaked: 'When it is reported as leaked',
    none: 'nothing is done',
    disable: 'it is disabled',
    delete: 'it is deleted',
    nameHint: 'What it is for, and where: “build server”.',
    secretOf: (name: string) => `API key ${name}`,
    created: (name: string) => `API key ${name} was created.`,
  },
  {
    key: 'API 키',
    keys: 'API 키',
    owner: '소유자',
    active: '활성',
    disabled: '사용 중지됨',
    locked: '잠김',
    unused: '아직 사용하지 않음',
    create: 'API 키 새로 만들기',
    empty: '아직 API 키가 없습니다. 프로그램이나 명령줄은 API 키로 로그인합니다.',
    whenLeaked: '유출로 신고되면',
    none: '아무 작업도 하지 않음',
    disable: '사용 중지',
    delete: '삭제',
    nameHint: '용도와 사용할 곳. 예: “빌드 서버”.',
    secretOf: (name: string) => `API 키 ${name}`,
    created: (name: string) => `API 키 ${name} 항목을 만들었습니다.`,
  },
);

export type WhenLeaked = 'none' | 'disable' | 'delete';
