import { effect, signal } from '@preact/signals';

export type Language = 'en' | 'ko';

const STORED = 'tidegate-language';

const chosen = (): Language => {
  const stored = globalThis.localStorage?.getItem(STORED);
  if (stored === 'en' || stored === 'ko') return stored;
  const [first] = globalThis.navigator?.languages.filter((name) => /^(en|ko)\b/.test(name)) ?? [];
  return first?.startsWith('ko') ? 'ko' : 'en';
};

/** The language of the pages: the reader's choice, else the browser's. */
export const language = signal<Language>(chosen());

export const chooseLanguage = (name: Language): void => {
  language.value = name;
  globalThis.localStorage?.setItem(STORED, name);
};

if (globalThis.document) {
  effect(() => {
    document.documentElement.lang = language.value;
  });
}

/**
 * The texts of a page in both languages. A text that one of them lacks does not compile. Texts with a value are functions, so
 * that each language has its own order of words.
 */
export const inBoth =
  <Texts extends object>(en: Texts, ko: NoInfer<Texts>): (() => Texts) =>
  () =>
    language.value === 'ko' ? ko : en;

/** The locale that numbers and dates are written in. */
export const locale = (): string => (language.value === 'ko' ? 'ko-KR' : 'en-GB');
