export interface ConsoleSession {
  user?: { iam_id: string; name: string; email?: string };
  accounts?: { id: string; name: string }[];
  is_operator?: boolean;
  providers?: { name: string; title: string }[];
  version?: string;
}
export interface ConsoleToken {
  access_token: string;
  expires_in: number;
}
export type SignInRequest =
  | { apikey: string }
  | { username: string; password: string }
  | { passcode: string };
