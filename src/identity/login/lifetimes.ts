/** Lifetimes in milliseconds; IBM's defaults (IAM account settings) where IBM has the thing. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const ACCESS_TOKEN = HOUR;
export const REFRESH_TOKEN = 72 * HOUR;
export const SESSION = 24 * HOUR;
export const SESSION_IDLE = 2 * HOUR;
/** A docker bearer. It carries no rights, so its life bounds nothing but how often clients ask again. */
export const BEARER = 15 * MINUTE;
export const PASSCODE = 5 * MINUTE;
export const INVITATION = 30 * 24 * HOUR;
/** How long a machine without a browser waits for its person, and how long an authorization code works. */
export const DEVICE_LOGIN = 10 * MINUTE;
export const LOGIN_GRANT = 5 * MINUTE;
