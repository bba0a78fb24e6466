/** Milliseconds after the last input in which what is asked counts as asked by a person. */
const MINUTE = 60_000;

// a page is opened by a person
let lastInput = Date.now();

if (globalThis.document) {
  const note = ({ isTrusted }: Event): void => {
    if (isTrusted) lastInput = Date.now();
  };
  // what a person does, with a screen reader too; a mouse that is pushed on its table does nothing
  for (const name of ['pointerdown', 'click', 'keydown', 'input', 'wheel', 'touchmove'])
    addEventListener(name, note, { capture: true, passive: true });
}

/**
 * Marks a request that comes long after the last input: only a timer can have sent it, and it is no use of the session. So
 * each timer is marked, also one that is added later. A session that no person uses ends at most a minute later.
 */
export const backgroundMark = (): Record<string, string> =>
  Date.now() - lastInput < MINUTE ? {} : { 'X-Tidegate-Background': '1' };
