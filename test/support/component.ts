/** A real program that tests drive: a client, an engine, a database. It may be absent on the machine at hand. */
export interface Component {
  readonly name: string;
  /** Why it cannot be used here, and what would bring it; undefined when it can. */
  absence(): string | undefined;
}

const mustBePresent = process.env.CI === 'true';

/**
 * Options of a test that needs these components: where one is absent the test is skipped and says why. Under `CI=true`
 * nothing is skipped: the test runs, and `demand` fails it.
 */
export const needs = (...components: Component[]): { skip: string | false } => {
  if (mustBePresent) return { skip: false };
  const reasons = components.flatMap((component) => component.absence() ?? []);
  return { skip: reasons[0] ?? false };
};

/** Throws what `needs` would have said. What starts a component calls this first. */
export const demand = (component: Component): void => {
  const reason = component.absence();
  if (reason !== undefined) throw new Error(`${component.name} is absent: ${reason}`);
};
