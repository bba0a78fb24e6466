import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import { html } from '../kit/html.ts';
import { chooseLanguage, inBoth, language } from '../text/language.ts';

const text = inBoth(
  { language: 'Language', theme: 'Theme', system: 'System', light: 'Light', dark: 'Dark' },
  { language: '언어', theme: '테마', system: '시스템 설정', light: '밝게', dark: '어둡게' },
);

type Theme = 'system' | 'light' | 'dark';
const STORED = 'tidegate-theme';
const theme = signal<Theme>((globalThis.localStorage?.getItem(STORED) as Theme | null) ?? 'system');

const chooseTheme = (name: Theme): void => {
  theme.value = name;
  localStorage.setItem(STORED, name);
  if (name === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
};

/** How the pages look and speak; there before one has signed in. */
export const Preferences = (): VNode =>
  html.div(
    { class: 'preferences' },
    html.select(
      {
        'aria-label': text().language,
        value: language.value,
        onChange: (event) => chooseLanguage(event.currentTarget.value === 'ko' ? 'ko' : 'en'),
      },
      html.option({ value: 'en', lang: 'en', selected: language.value === 'en' }, 'English'),
      html.option({ value: 'ko', lang: 'ko', selected: language.value === 'ko' }, '한국어'),
    ),
    html.select(
      {
        'aria-label': text().theme,
        value: theme.value,
        onChange: (event) => chooseTheme(event.currentTarget.value as Theme),
      },
      (['system', 'light', 'dark'] as const).map((name) =>
        html.option({ key: name, value: name, selected: theme.value === name }, text()[name]),
      ),
    ),
  );
